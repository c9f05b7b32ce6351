using System.Text;
using System.Text.Unicode;
using Estafeta.Mail.Headers;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Which headers a message has.</summary>
internal sealed class SeenHeaders
{
    private ulong _seen;

    public bool IsResent { get; private set; }

    public bool HasMessageId { get; set; }

    public bool IsTlsRequiredNo { get; private set; }

    /// <summary>REQUIRETLS that went through a content filter as a header.</summary>
    public bool IsRequireTlsYes { get; private set; }

    public bool Is8Bit { get; private set; }

    /// <summary>A header holds text that is UTF-8 and not ASCII.</summary>
    public bool HasUtf8 { get; private set; }

    public bool Has(HeaderKind kind) => (_seen & (1UL << (int)kind)) != 0;

    /// <summary>Says to someone who reads it whom it is for: any of To, Cc and their Resent- kin.</summary>
    public bool HasVisibleRecipient =>
        Has(HeaderKind.To) || Has(HeaderKind.Cc) || Has(HeaderKind.ResentTo) || Has(HeaderKind.ResentCc);

    public void Note(HeaderField field)
    {
        _seen |= 1UL << (int)field.Kind;
        HasUtf8 |= !Ascii.IsValid(field.Text) && Utf8.IsValid(field.Text);
        IsResent |= (field.Traits & HeaderTraits.Resent) != 0;
        switch (field.Kind)
        {
            case HeaderKind.MessageId:
                HasMessageId = true;
                break;
            case HeaderKind.TlsRequired:
                IsTlsRequiredNo |= Word(field.Value, "no"u8);
                break;
            case HeaderKind.RequireTlsEsmtp:
                IsRequireTlsYes |= Word(field.Value, "yes"u8);
                break;
            case HeaderKind.ContentTransferEncoding:
                Is8Bit |= Word(field.Value, "8bit"u8) || Word(field.Value, "8bitmime"u8);
                break;
        }
    }

    private static bool Word(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(Ascii.Trim(value) is var range ? value[range] : value, word);
}
