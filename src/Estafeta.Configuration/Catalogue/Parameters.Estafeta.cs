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

    /// <summary>smtpd: SPF (RFC 7208) of mail from strangers: <c>no</c>, <c>add_header</c>, or <c>enforce</c>, which refuses what fails.</summary>
    public static readonly StringParameter EstafetaSpf = Add(new StringParameter("estafeta_spf", "no"));

    /// <summary>smtpd: DKIM signatures (RFC 6376) of mail from strangers are checked.</summary>
    public static readonly BooleanParameter EstafetaDkimVerify = Add(new BooleanParameter("estafeta_dkim_verify", "no"));

    /// <summary>Signatures of only a part of the body (l=) pass: anybody may have added the rest.</summary>
    public static readonly BooleanParameter EstafetaDkimAllowBodyLength = Add(new BooleanParameter("estafeta_dkim_allow_body_length", "no"));

    /// <summary>smtpd: DMARC (RFC 7489) of mail from strangers: <c>no</c>, <c>add_header</c>, or <c>enforce</c>, which does what the domain in From wants.</summary>
    public static readonly StringParameter EstafetaDmarc = Add(new StringParameter("estafeta_dmarc", "no"));

    /// <summary>estafeta_dmarc = enforce: what becomes of mail that is to be quarantined: <c>none</c>, it is delivered with its header, or <c>hold</c>.</summary>
    public static readonly StringParameter EstafetaDmarcQuarantineAction = Add(new StringParameter("estafeta_dmarc_quarantine_action", "none"));

    /// <summary>publicsuffix.org's list; where there is no such file, organizational domains are found by asking the name service (DMARCbis).</summary>
    public static readonly StringParameter EstafetaPublicSuffixList =
        Add(new StringParameter("estafeta_public_suffix_list", "/usr/share/publicsuffix/public_suffix_list.dat"));

    /// <summary>smtpd: ARC chains (RFC 8617) of mail from strangers are checked.</summary>
    public static readonly BooleanParameter EstafetaArcVerify = Add(new BooleanParameter("estafeta_arc_verify", "no"));

    /// <summary>Domains whose seal on an intact ARC chain counts more than estafeta_dmarc = enforce: mailing lists and forwarders.</summary>
    public static readonly StringParameter EstafetaArcTrustedSealers = Add(new StringParameter("estafeta_arc_trusted_sealers", ""));

    /// <summary>Name of the key in estafeta_dkim_key_table that seals checked mail (ARC); empty seals nothing.</summary>
    public static readonly StringParameter EstafetaArcSealKey = Add(new StringParameter("estafeta_arc_seal_key", ""));

    /// <summary>Who we are in Authentication-Results. Headers of that name that come from outside are removed.</summary>
    public static readonly StringParameter EstafetaAuthservId = Add(new StringParameter("estafeta_authserv_id", "$myhostname") { MinimumLength = 1 });

    /// <summary>With estafeta_spf: a Received-SPF header, too.</summary>
    public static readonly BooleanParameter EstafetaReceivedSpf = Add(new BooleanParameter("estafeta_received_spf", "no"));

    /// <summary>
    /// Which key signs for which author (DKIM): opendkim's SigningTable, <c>refile:/path</c> or <c>file:/path</c>, or lookup tables. Empty signs nothing.
    /// </summary>
    public static readonly StringParameter EstafetaDkimSigningTable = Add(new StringParameter("estafeta_dkim_signing_table", ""));

    /// <summary>Keys by name: opendkim's KeyTable, <c>file:/path</c>, or lookup tables; a value is <c>domain:selector:/path/to/key</c>.</summary>
    public static readonly StringParameter EstafetaDkimKeyTable = Add(new StringParameter("estafeta_dkim_key_table", ""));

    /// <summary>Whose mail is signed: of clients in <c>mynetworks</c>, of <c>authenticated</c> clients, of <c>sendmail</c>, of the mail system itself (<c>internal</c>).</summary>
    public static readonly StringParameter EstafetaDkimSign = Add(new StringParameter("estafeta_dkim_sign", "mynetworks, authenticated, sendmail, internal"));

    /// <summary>How signatures see header and body: <c>relaxed</c> or <c>simple</c>.</summary>
    public static readonly StringParameter EstafetaDkimCanonicalization = Add(new StringParameter("estafeta_dkim_canonicalization", "relaxed/relaxed"));

    /// <summary>Headers that are signed where they are there.</summary>
    public static readonly StringParameter EstafetaDkimSignHeaders = Add(new StringParameter(
        "estafeta_dkim_sign_headers",
        "From, Sender, Reply-To, Subject, Date, Message-ID, To, Cc, MIME-Version, Content-Type, Content-Transfer-Encoding, Content-ID, Content-Description, "
        + "Resent-Date, Resent-From, Resent-Sender, Resent-To, Resent-Cc, Resent-Message-ID, In-Reply-To, References, "
        + "List-Id, List-Help, List-Unsubscribe, List-Unsubscribe-Post, List-Subscribe, List-Post, List-Owner, List-Archive, TLS-Required"));

    /// <summary>Headers that are signed once more than they are there, so that none can be added.</summary>
    public static readonly StringParameter EstafetaDkimOversignHeaders = Add(new StringParameter("estafeta_dkim_oversign_headers", "From"));

    /// <summary>How long our signatures hold (x=); 0 is for ever.</summary>
    public static readonly TimeParameter EstafetaDkimSignatureLifetime = Add(new TimeParameter("estafeta_dkim_signature_lifetime", "0s"));
}
