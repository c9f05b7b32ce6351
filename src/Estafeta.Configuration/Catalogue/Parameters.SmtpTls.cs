namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter SmtpStarttlsTimeout = Add(new TimeParameter("smtp_starttls_timeout", "300s") { Minimum = 1 });
    public static readonly StringParameter SmtpTlsCAfile = Add(new StringParameter("smtp_tls_CAfile", ""));
    public static readonly StringParameter SmtpTlsCApath = Add(new StringParameter("smtp_tls_CApath", ""));
    public static readonly BooleanParameter SmtpTlsBlockEarlyMailReply = Add(new BooleanParameter("smtp_tls_block_early_mail_reply", "no"));
    public static readonly StringParameter SmtpTlsCertFile = Add(new StringParameter("smtp_tls_cert_file", ""));
    public static readonly StringParameter SmtpTlsChainFiles = Add(new StringParameter("smtp_tls_chain_files", ""));
    public static readonly StringParameter SmtpTlsCiphers = Add(new StringParameter("smtp_tls_ciphers", "medium") { MinimumLength = 1 });
    public static readonly BooleanParameter SmtpTlsConnectionReuse = Add(new BooleanParameter("smtp_tls_connection_reuse", "no"));
    public static readonly StringParameter SmtpTlsDaneInsecureMxPolicy = Add(new StringParameter("smtp_tls_dane_insecure_mx_policy", "dane"));
    public static readonly StringParameter SmtpTlsDcertFile = Add(new StringParameter("smtp_tls_dcert_file", ""));
    public static readonly StringParameter SmtpTlsDkeyFile = Add(new StringParameter("smtp_tls_dkey_file", "$smtp_tls_dcert_file"));
    public static readonly StringParameter SmtpTlsEccertFile = Add(new StringParameter("smtp_tls_eccert_file", ""));
    public static readonly StringParameter SmtpTlsEckeyFile = Add(new StringParameter("smtp_tls_eckey_file", "$smtp_tls_eccert_file"));
    public static readonly BooleanParameter SmtpTlsEnableRpk = Add(new BooleanParameter("smtp_tls_enable_rpk", "no"));
    public static readonly BooleanParameter SmtpTlsEnforcePeername = Add(new BooleanParameter("smtp_tls_enforce_peername", "yes"));
    public static readonly BooleanParameter SmtpTlsEnforceStsMxPatterns = Add(new BooleanParameter("smtp_tls_enforce_sts_mx_patterns", "yes"));
    public static readonly StringParameter SmtpTlsExcludeCiphers = Add(new StringParameter("smtp_tls_exclude_ciphers", ""));
    public static readonly StringParameter SmtpTlsFingerprintCertMatch = Add(new StringParameter("smtp_tls_fingerprint_cert_match", ""));
    public static readonly StringParameter SmtpTlsFingerprintDigest = Add(new StringParameter("smtp_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}") { MinimumLength = 1 });
    public static readonly BooleanParameter SmtpTlsForceInsecureHostTlsaLookup = Add(new BooleanParameter("smtp_tls_force_insecure_host_tlsa_lookup", "no"));
    public static readonly StringParameter SmtpTlsKeyFile = Add(new StringParameter("smtp_tls_key_file", "$smtp_tls_cert_file"));
    public static readonly StringParameter SmtpTlsLoglevel = Add(new StringParameter("smtp_tls_loglevel", "0"));
    public static readonly StringParameter SmtpTlsLoglevelMaps = Add(new StringParameter("smtp_tls_loglevel_maps", ""));
    public static readonly StringParameter SmtpTlsMandatoryCiphers = Add(new StringParameter("smtp_tls_mandatory_ciphers", "medium") { MinimumLength = 1 });
    public static readonly StringParameter SmtpTlsMandatoryExcludeCiphers = Add(new StringParameter("smtp_tls_mandatory_exclude_ciphers", ""));
    public static readonly StringParameter SmtpTlsMandatoryProtocols = Add(new StringParameter("smtp_tls_mandatory_protocols", ">=TLSv1"));
    public static readonly BooleanParameter SmtpTlsNoteStarttlsOffer = Add(new BooleanParameter("smtp_tls_note_starttls_offer", "no"));
    public static readonly StringParameter SmtpTlsPerSite = Add(new StringParameter("smtp_tls_per_site", ""));
    public static readonly StringParameter SmtpTlsPolicyMaps = Add(new StringParameter("smtp_tls_policy_maps", ""));
    public static readonly StringParameter SmtpTlsProtocols = Add(new StringParameter("smtp_tls_protocols", ">=TLSv1"));
    public static readonly IntegerParameter SmtpTlsScertVerifydepth = Add(new IntegerParameter("smtp_tls_scert_verifydepth", "9"));
    public static readonly StringParameter SmtpTlsSecureCertMatch = Add(new StringParameter("smtp_tls_secure_cert_match", "nexthop, dot-nexthop") { MinimumLength = 1 });
    public static readonly StringParameter SmtpTlsSecurityLevel = Add(new StringParameter("smtp_tls_security_level", "${{$compatibility_level} <level {3.11} ? {} : {may}}"));
    public static readonly StringParameter SmtpTlsServername = Add(new StringParameter("smtp_tls_servername", ""));
    public static readonly StringParameter SmtpTlsSessionCacheDatabase = Add(new StringParameter("smtp_tls_session_cache_database", ""));
    public static readonly TimeParameter SmtpTlsSessionCacheTimeout = Add(new TimeParameter("smtp_tls_session_cache_timeout", "3600s"));
    public static readonly IntegerParameter SmtpTlsTraceSizeLimit = Add(new IntegerParameter("smtp_tls_trace_size_limit", "102400"));
    public static readonly StringParameter SmtpTlsTrustAnchorFile = Add(new StringParameter("smtp_tls_trust_anchor_file", ""));
    public static readonly StringParameter SmtpTlsVerifyCertMatch = Add(new StringParameter("smtp_tls_verify_cert_match", "hostname") { MinimumLength = 1 });
    public static readonly BooleanParameter SmtpTlsWrappermode = Add(new BooleanParameter("smtp_tls_wrappermode", "no"));
    public static readonly BooleanParameter SmtpTlsrptEnable = Add(new BooleanParameter("smtp_tlsrpt_enable", "no"));
    public static readonly BooleanParameter SmtpTlsrptSkipReusedHandshakes = Add(new BooleanParameter("smtp_tlsrpt_skip_reused_handshakes", "no"));
    public static readonly StringParameter SmtpTlsrptSocketName = Add(new StringParameter("smtp_tlsrpt_socket_name", ""));
}
