namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter DoublebounceNoticeRecipient = Add(new StringParameter("2bounce_notice_recipient", "postmaster") { MinimumLength = 1 });
    public static readonly StringParameter BounceNoticeRecipient = Add(new StringParameter("bounce_notice_recipient", "postmaster") { MinimumLength = 1 });
    public static readonly IntegerParameter BounceSizeLimit = Add(new IntegerParameter("bounce_size_limit", "50000") { Minimum = 1 });
    public static readonly StringParameter BounceTemplateFile = Add(new StringParameter("bounce_template_file", ""));
    public static readonly StringParameter DelayNoticeRecipient = Add(new StringParameter("delay_notice_recipient", "postmaster") { MinimumLength = 1 });
    public static readonly TimeParameter DelayWarningTime = Add(new TimeParameter("delay_warning_time", "0h"));
    public static readonly BooleanParameter EnableThreadedBounces = Add(new BooleanParameter("enable_threaded_bounces", "no"));
    public static readonly StringParameter HeaderFromFormat = Add(new StringParameter("header_from_format", "standard") { MinimumLength = 1 });
    public static readonly TimeParameter MaximalQueueLifetime = Add(new TimeParameter("maximal_queue_lifetime", "5d") { Maximum = 8640000 });
    public static readonly StringParameter NotifyClasses = Add(new StringParameter("notify_classes", "resource, software"));
    public static readonly BooleanParameter RequiretlsRedactDsn = Add(new BooleanParameter("requiretls_redact_dsn", "yes"));
}
