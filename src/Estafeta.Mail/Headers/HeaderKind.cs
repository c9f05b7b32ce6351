namespace Estafeta.Mail.Headers;

/// <summary>The headers a mail system treats specially; everything else is <see cref="Other"/>.</summary>
public enum HeaderKind : byte
{
    Other,
    ApparentlyTo,
    Bcc,
    Cc,
    ContentDescription,
    ContentDisposition,
    ContentId,
    ContentLength,
    ContentTransferEncoding,
    ContentType,
    Date,
    DeliveredTo,
    DispositionNotificationTo,
    ErrorsTo,
    From,
    MailFollowupTo,
    MessageId,
    MimeVersion,
    Received,
    ReplyTo,
    RequireTlsEsmtp,
    ResentBcc,
    ResentCc,
    ResentDate,
    ResentFrom,
    ResentMessageId,
    ResentReplyTo,
    ResentSender,
    ResentTo,
    ReturnPath,
    ReturnReceiptTo,
    Sender,
    Subject,
    TlsRequired,
    To,
}

[Flags]
public enum HeaderTraits : byte
{
    None = 0,

    /// <summary>Addresses of those who sent it: header_sender of canonical_classes and masquerade_classes.</summary>
    Sender = 1,

    /// <summary>Addresses of those who get it: header_recipient.</summary>
    Recipient = 2,

    /// <summary>sendmail -t takes recipients from it.</summary>
    Extract = 4,

    /// <summary>A Resent- header: missing headers are added with Resent-, too.</summary>
    Resent = 8,

    /// <summary>A MIME header (RFC 2045): its content decides how the rest is read.</summary>
    Mime = 16,
}
