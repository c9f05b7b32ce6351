using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>Who is told about sessions that went wrong, and about which.</summary>
internal sealed record NoticeSettings
{
    /// <summary>notify_classes.</summary>
    public required SessionErrors Classes { get; init; }

    /// <summary>error_notice_recipient.</summary>
    public required string ErrorRecipient { get; init; }

    /// <summary>bounce_notice_recipient: when the session had errors of that class.</summary>
    public required string BounceRecipient { get; init; }

    /// <summary>Of the notice; not rewritten yet.</summary>
    public required string DoubleBounceSender { get; init; }

    /// <summary>smtpd_history_flush_threshold.</summary>
    public required int HistoryLimit { get; init; }

    public required string Myhostname { get; init; }

    public required string Myorigin { get; init; }

    public required string MailName { get; init; }

    public required string CleanupService { get; init; }

    /// <summary>How cleanup handles a notice (internal_mail_filter_classes).</summary>
    public required CleanupFlags CleanupFlags { get; init; }

    /// <summary>header_from_format = standard.</summary>
    public required bool HasStandardFrom { get; init; }

    public static NoticeSettings Read(ParameterSet parameters) => new()
    {
        Classes = SessionErrorClasses.Parse(parameters.Get(Parameters.NotifyClasses)),
        ErrorRecipient = parameters.Get(Parameters.ErrorNoticeRecipient),
        BounceRecipient = parameters.Get(Parameters.BounceNoticeRecipient),
        DoubleBounceSender = parameters.Get(Parameters.DoubleBounceSender),
        HistoryLimit = parameters.Get(Parameters.SmtpdHistoryFlushThreshold),
        Myhostname = parameters.Get(Parameters.Myhostname),
        Myorigin = parameters.Get(Parameters.Myorigin),
        MailName = parameters.Get(Parameters.MailName),
        CleanupService = parameters.Get(Parameters.CleanupServiceName),
        CleanupFlags = MailClassFlags.Load(parameters, MailClasses.Notify),
        HasStandardFrom = parameters.Get(Parameters.HeaderFromFormat).Equals("standard", StringComparison.OrdinalIgnoreCase),
    };
}
