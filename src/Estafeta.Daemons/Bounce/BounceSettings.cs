using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Bounce;

/// <summary>bounce(8)'s parameters.</summary>
public sealed record BounceSettings
{
    public required string MailName { get; init; }

    public required string Myhostname { get; init; }

    /// <summary>double_bounce_sender at $myhostname.</summary>
    public required string DoubleBounceSender { get; init; }

    public required BounceTemplates Templates { get; init; }

    public string BounceNoticeRecipient { get; init; } = "postmaster";

    public string DoubleBounceNoticeRecipient { get; init; } = "postmaster";

    public string DelayNoticeRecipient { get; init; } = "postmaster";

    public NotifyClasses NotifyClasses { get; init; }

    /// <summary>Larger messages are returned as headers only.</summary>
    public long BounceSizeLimit { get; init; } = 50000;

    public TimeSpan MaximalQueueLifetime { get; init; } = TimeSpan.FromDays(5);

    public bool HasThreads { get; init; }

    public bool RedactsRequireTls { get; init; } = true;

    /// <summary>smtputf8_enable: notifications are 8bit and UTF-8.</summary>
    public bool HasSmtpUtf8 { get; init; } = true;

    /// <summary>One bounce per recipient to the VERP address.</summary>
    public bool HasVerpBounces { get; init; } = true;

    /// <summary>How cleanup handles notifications (internal_mail_filter_classes, smtputf8_autodetect_classes, estafeta_dkim_sign).</summary>
    public required CleanupFlags CleanupFlags { get; init; }

    /// <summary>cleanup_service_name: the cleanup entry that takes notifications.</summary>
    public string CleanupService { get; init; } = "cleanup";

    public string MailerDaemon => "MAILER-DAEMON@" + Myhostname;

    /// <param name="parameters">The bounce entry's parameters.</param>
    /// <param name="warn">Told of trouble with the template file.</param>
    public static BounceSettings Read(ParameterSet parameters, Action<string> warn)
    {
        var myhostname = parameters.Get(Parameters.Myhostname);
        return new BounceSettings
        {
            MailName = parameters.Get(Parameters.MailName),
            Myhostname = myhostname,
            DoubleBounceSender = parameters.Get(Parameters.DoubleBounceSender) + "@" + myhostname,
            Templates = BounceTemplates.Load(parameters, warn),
            BounceNoticeRecipient = parameters.Get(Parameters.BounceNoticeRecipient),
            DoubleBounceNoticeRecipient = parameters.Get(Parameters.DoublebounceNoticeRecipient),
            DelayNoticeRecipient = parameters.Get(Parameters.DelayNoticeRecipient),
            NotifyClasses = ReadClasses(parameters.Get(Parameters.NotifyClasses)),
            BounceSizeLimit = parameters.Get(Parameters.BounceSizeLimit),
            MaximalQueueLifetime = parameters.Get(Parameters.MaximalQueueLifetime),
            HasThreads = parameters.Get(Parameters.EnableThreadedBounces),
            RedactsRequireTls = parameters.Get(Parameters.RequiretlsRedactDsn),
            HasSmtpUtf8 = parameters.Get(Parameters.Smtputf8Enable),
            HasVerpBounces = !parameters.Get(Parameters.DisableVerpBounces),
            CleanupService = parameters.Get(Parameters.CleanupServiceName),
            CleanupFlags = MailClassFlags.Load(parameters, MailClasses.Bounce) | SigningOriginWords.Load(parameters).FlagFor(SigningOrigins.Internal),
        };
    }

    private static NotifyClasses ReadClasses(string text)
    {
        var classes = NotifyClasses.None;
        foreach (var word in Words(text))
        {
            // bounce implies 2bounce; the other classes belong to smtpd and smtp.
            classes |= word.ToLowerInvariant() switch
            {
                "bounce" => NotifyClasses.Bounce | NotifyClasses.DoubleBounce,
                "2bounce" => NotifyClasses.DoubleBounce,
                "delay" => NotifyClasses.Delay,
                _ => NotifyClasses.None,
            };
        }

        return classes;
    }

    private static string[] Words(string text) => text.Split([' ', '\t', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The classes of notify_classes that bounce(8) acts on.</summary>
[Flags]
public enum NotifyClasses
{
    None = 0,
    Bounce = 1,
    DoubleBounce = 2,
    Delay = 4,
}
