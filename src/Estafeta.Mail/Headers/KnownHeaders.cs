using System.Collections.Frozen;
using System.Text;

namespace Estafeta.Mail.Headers;

/// <summary>The table of known headers: name, kind and traits. Names are matched without regard to case.</summary>
public static class KnownHeaders
{
    private static readonly (HeaderKind Kind, string Name, HeaderTraits Traits)[] Table =
    [
        (HeaderKind.ApparentlyTo, "Apparently-To", HeaderTraits.Recipient),
        (HeaderKind.Bcc, "Bcc", HeaderTraits.Recipient | HeaderTraits.Extract),
        (HeaderKind.Cc, "Cc", HeaderTraits.Recipient | HeaderTraits.Extract),
        (HeaderKind.ContentDescription, "Content-Description", HeaderTraits.Mime),
        (HeaderKind.ContentDisposition, "Content-Disposition", HeaderTraits.Mime),
        (HeaderKind.ContentId, "Content-ID", HeaderTraits.Mime),
        (HeaderKind.ContentLength, "Content-Length", HeaderTraits.None),
        (HeaderKind.ContentTransferEncoding, "Content-Transfer-Encoding", HeaderTraits.Mime),
        (HeaderKind.ContentType, "Content-Type", HeaderTraits.Mime),
        (HeaderKind.Date, "Date", HeaderTraits.None),
        (HeaderKind.DeliveredTo, "Delivered-To", HeaderTraits.None),
        (HeaderKind.DispositionNotificationTo, "Disposition-Notification-To", HeaderTraits.Sender),
        (HeaderKind.ErrorsTo, "Errors-To", HeaderTraits.Sender),
        (HeaderKind.From, "From", HeaderTraits.Sender),
        (HeaderKind.MailFollowupTo, "Mail-Followup-To", HeaderTraits.Sender),
        (HeaderKind.MessageId, "Message-Id", HeaderTraits.None),
        (HeaderKind.MimeVersion, "MIME-Version", HeaderTraits.Mime),
        (HeaderKind.Received, "Received", HeaderTraits.None),
        (HeaderKind.ReplyTo, "Reply-To", HeaderTraits.Sender),
        (HeaderKind.RequireTlsEsmtp, "Require-TLS-ESMTP", HeaderTraits.None),
        (HeaderKind.ResentBcc, "Resent-Bcc", HeaderTraits.Recipient | HeaderTraits.Extract | HeaderTraits.Resent),
        (HeaderKind.ResentCc, "Resent-Cc", HeaderTraits.Recipient | HeaderTraits.Extract | HeaderTraits.Resent),
        (HeaderKind.ResentDate, "Resent-Date", HeaderTraits.Resent),
        (HeaderKind.ResentFrom, "Resent-From", HeaderTraits.Sender | HeaderTraits.Resent),
        (HeaderKind.ResentMessageId, "Resent-Message-Id", HeaderTraits.Resent),
        (HeaderKind.ResentReplyTo, "Resent-Reply-To", HeaderTraits.Recipient | HeaderTraits.Resent),
        (HeaderKind.ResentSender, "Resent-Sender", HeaderTraits.Sender | HeaderTraits.Resent),
        (HeaderKind.ResentTo, "Resent-To", HeaderTraits.Recipient | HeaderTraits.Extract | HeaderTraits.Resent),
        (HeaderKind.ReturnPath, "Return-Path", HeaderTraits.Sender),
        (HeaderKind.ReturnReceiptTo, "Return-Receipt-To", HeaderTraits.Sender),
        (HeaderKind.Sender, "Sender", HeaderTraits.Sender),
        (HeaderKind.Subject, "Subject", HeaderTraits.None),
        (HeaderKind.TlsRequired, "TLS-Required", HeaderTraits.None),
        (HeaderKind.To, "To", HeaderTraits.Recipient | HeaderTraits.Extract),
    ];

    private const int MaximumNameLength = 32;
    private static readonly FrozenDictionary<string, HeaderKind> ByName =
        Table.ToFrozenDictionary(h => h.Name, h => h.Kind, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, HeaderKind>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HeaderTraits[] TraitsByKind = Index();

    public static HeaderTraits Traits(HeaderKind kind) => TraitsByKind[(int)kind];

    public static HeaderKind Find(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaximumNameLength)
        {
            return HeaderKind.Other;
        }

        Span<char> characters = stackalloc char[MaximumNameLength];
        var length = Encoding.Latin1.GetChars(name, characters);
        return BySpan.TryGetValue(characters[..length], out var kind) ? kind : HeaderKind.Other;
    }

    /// <summary>The kinds named in a list parameter (message_drop_headers); unknown names are kept by name.</summary>
    public static HeaderKind Find(string name) => ByName.GetValueOrDefault(name, HeaderKind.Other);

    private static HeaderTraits[] Index()
    {
        var traits = new HeaderTraits[Enum.GetValues<HeaderKind>().Length];
        foreach (var header in Table)
        {
            traits[(int)header.Kind] = header.Traits;
        }

        return traits;
    }
}
