namespace Estafeta.Configuration.Catalogue;

/// <summary>Parameters Postfix does not have.</summary>
public static partial class Parameters
{
    /// <summary>
    /// Sessions or deliveries that count as one process of master.cf's process limit. 1 keeps the admission limits of an unmodified
    /// configuration; a session here costs a fraction of a Postfix process, so busy sites raise it.
    /// </summary>
    public static readonly IntegerParameter EstafetaSessionsPerProcess = Add(new IntegerParameter("estafeta_sessions_per_process", "1") { Minimum = 1 });

    /// <summary>
    /// Processes that share a service's sockets and its process limit. With more than one a crash ends only the sessions of one of them; each
    /// costs its own memory, and a process has threads enough to use every processor. Read by master, also from <c>-o</c> of an entry.
    /// </summary>
    public static readonly IntegerParameter EstafetaProcessesPerService =
        Add(new IntegerParameter("estafeta_processes_per_service", "1") { Minimum = 1, Maximum = 64 });

    /// <summary>
    /// smtpd_sasl_type = estafeta: tables from login name to password, <c>{SHA512-CRYPT}$6$…</c>, <c>{SCRAM-SHA-256}…</c> or
    /// <c>{PLAIN}…</c>.
    /// </summary>
    public static readonly StringParameter EstafetaSaslPasswordMaps = Add(new StringParameter("estafeta_sasl_password_maps", ""));

    /// <summary>
    /// Each refusal of smtpd's access control is followed by a line that says how it came about: list, restriction, table and key, DNS
    /// answers, policy service.
    /// </summary>
    public static readonly BooleanParameter EstafetaExplainRejects = Add(new BooleanParameter("estafeta_explain_rejects", "no"));

    /// <summary>Daemons log, when they end, what each of their tables was asked.</summary>
    public static readonly BooleanParameter EstafetaTableStatistics = Add(new BooleanParameter("estafeta_table_statistics", "no"));

    /// <summary>Look up and obey the MTA-STS policies of recipient domains (RFC 8461), where smtp_tls_security_level is may, encrypt or dane.</summary>
    public static readonly BooleanParameter EstafetaMtaSts = Add(new BooleanParameter("estafeta_mta_sts", "no"));

    /// <summary>Sender and contact address of TLS reports (RFC 8460) that smtp_tlsrpt_enable collects; empty sends none.</summary>
    public static readonly StringParameter EstafetaTlsrptSender = Add(new StringParameter("estafeta_tlsrpt_sender", "tls-reports@$mydomain"));

    /// <summary>
    /// smtpd_sasl_type = estafeta: who checks the passwords of users that are not in estafeta_sasl_password_maps: <c>pam:service</c>,
    /// <c>ldap:/etc/postfix/login.cf</c> (by binding as the user) or <c>saslauthd:/run/saslauthd/mux</c>.
    /// </summary>
    public static readonly StringParameter EstafetaSaslPasswordCheck = Add(new StringParameter("estafeta_sasl_password_check", ""));

    /// <summary>smtpd_sasl_type = estafeta: a file that says how access tokens of OAUTHBEARER and XOAUTH2 are checked (docs/submission.md).</summary>
    public static readonly StringParameter EstafetaSaslOauth = Add(new StringParameter("estafeta_sasl_oauth", ""));

    /// <summary>smtpd_sasl_type = estafeta: tables from fingerprints of client certificates to login names, for EXTERNAL.</summary>
    public static readonly StringParameter EstafetaSaslExternalMaps = Add(new StringParameter("estafeta_sasl_external_maps", ""));

    /// <summary>
    /// smtpd_sasl_type = estafeta: failed logins of one name in anvil_rate_time_unit, from whatever address, before its passwords are not tried any more
    /// until that time is over (454). 0 is no limit.
    /// </summary>
    public static readonly IntegerParameter EstafetaSaslLoginFailureLimit = Add(new IntegerParameter("estafeta_sasl_login_failure_limit", "0") { Minimum = 0 });

    /// <summary>smtp_sasl_mechanism_filter = xoauth2: what token files leave out, in sasl-xoauth2's format.</summary>
    public static readonly StringParameter EstafetaOauthConfig = Add(new StringParameter("estafeta_oauth_config", "/etc/sasl-xoauth2.conf"));

    /// <summary>How long a stop waits for the work in hand.</summary>
    public static readonly TimeParameter EstafetaStopTime = Add(new TimeParameter("estafeta_stop_time", "8s") { Minimum = 1 });
}
