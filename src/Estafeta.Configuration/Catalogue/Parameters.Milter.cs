namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter MilterCommandTimeout = Add(new TimeParameter("milter_command_timeout", "30s") { Minimum = 1 });
    public static readonly StringParameter MilterConnectMacros = Add(new StringParameter("milter_connect_macros", "j {daemon_name} {daemon_addr} v _"));
    public static readonly TimeParameter MilterConnectTimeout = Add(new TimeParameter("milter_connect_timeout", "30s") { Minimum = 1 });
    public static readonly TimeParameter MilterContentTimeout = Add(new TimeParameter("milter_content_timeout", "300s") { Minimum = 1 });
    public static readonly StringParameter MilterDataMacros = Add(new StringParameter("milter_data_macros", "i"));
    public static readonly StringParameter MilterDefaultAction = Add(new StringParameter("milter_default_action", "shutdown") { MinimumLength = 1 });
    public static readonly StringParameter MilterEndOfDataMacros = Add(new StringParameter("milter_end_of_data_macros", "i"));
    public static readonly StringParameter MilterEndOfHeaderMacros = Add(new StringParameter("milter_end_of_header_macros", "i"));
    public static readonly StringParameter MilterHeaderChecks = Add(new StringParameter("milter_header_checks", ""));
    public static readonly StringParameter MilterHeloMacros = Add(new StringParameter("milter_helo_macros", "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"));
    public static readonly StringParameter MilterMacroDaemonName = Add(new StringParameter("milter_macro_daemon_name", "$myhostname") { MinimumLength = 1 });
    public static readonly StringParameter MilterMacroDefaults = Add(new StringParameter("milter_macro_defaults", ""));
    public static readonly StringParameter MilterMacroV = Add(new StringParameter("milter_macro_v", "$mail_name $mail_version") { MinimumLength = 1 });
    public static readonly StringParameter MilterMailMacros = Add(new StringParameter("milter_mail_macros", "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}"));
    public static readonly StringParameter MilterProtocol = Add(new StringParameter("milter_protocol", "6") { MinimumLength = 1 });
    public static readonly StringParameter MilterRcptMacros = Add(new StringParameter("milter_rcpt_macros", "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"));
    public static readonly StringParameter MilterUnknownCommandMacros = Add(new StringParameter("milter_unknown_command_macros", ""));
    public static readonly StringParameter NonSmtpdMilters = Add(new StringParameter("non_smtpd_milters", ""));
    public static readonly StringParameter SmtpdMilterMaps = Add(new StringParameter("smtpd_milter_maps", ""));
    public static readonly StringParameter SmtpdMilters = Add(new StringParameter("smtpd_milters", ""));
}
