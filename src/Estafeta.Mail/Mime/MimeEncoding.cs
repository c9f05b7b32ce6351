using System.Text;

namespace Estafeta.Mail.Mime;

/// <summary>Content-Transfer-Encoding (RFC 2045 §6).</summary>
public enum MimeEncoding : byte
{
    SevenBit,
    EightBit,
    Binary,
    QuotedPrintable,
    Base64,

    /// <summary>A word nobody knows.</summary>
    Other,
}

public static class MimeEncodings
{
    public static MimeEncoding Parse(ReadOnlySpan<byte> value)
    {
        var reader = new MimeTokenReader(value);
        if (reader.Read() != MimeTokenKind.Token)
        {
            return MimeEncoding.Other;
        }

        var word = reader.Text;
        return Ascii.EqualsIgnoreCase(word, "7bit"u8) ? MimeEncoding.SevenBit
            : Ascii.EqualsIgnoreCase(word, "8bit"u8) ? MimeEncoding.EightBit
            : Ascii.EqualsIgnoreCase(word, "binary"u8) ? MimeEncoding.Binary
            : Ascii.EqualsIgnoreCase(word, "quoted-printable"u8) ? MimeEncoding.QuotedPrintable
            : Ascii.EqualsIgnoreCase(word, "base64"u8) ? MimeEncoding.Base64
            : MimeEncoding.Other;
    }
}
