namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter MaillogFile = Add(new StringParameter("maillog_file", ""));
    public static readonly StringParameter MaillogFileCompressor = Add(new StringParameter("maillog_file_compressor", "gzip") { MinimumLength = 1 });
    public static readonly StringParameter MaillogFilePermissions = Add(new StringParameter("maillog_file_permissions", "0600") { MinimumLength = 1 });
    public static readonly StringParameter MaillogFilePrefixes = Add(new StringParameter("maillog_file_prefixes", "/var, /dev/stdout") { MinimumLength = 1 });
    public static readonly StringParameter MaillogFileRotateSuffix = Add(new StringParameter("maillog_file_rotate_suffix", "%Y%m%d-%H%M%S") { MinimumLength = 1 });
    public static readonly TimeParameter PostlogdWatchdogTimeout = Add(new TimeParameter("postlogd_watchdog_timeout", "10s") { Minimum = 10 });
    public static readonly StringParameter SyslogFacility = Add(new StringParameter("syslog_facility", "mail") { MinimumLength = 1 });
    public static readonly StringParameter SyslogName = Add(new StringParameter("syslog_name", "${multi_instance_name?{$multi_instance_name}:{postfix}}") { MinimumLength = 1 });
}
