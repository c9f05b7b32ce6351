namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter LmtpStarttlsTimeout = Add(new TimeParameter("lmtp_starttls_timeout", "300s") { Minimum = 1 });
    public static readonly StringParameter LmtpTlsCAfile = Add(new StringParameter("lmtp_tls_CAfile", ""));
    public static readonly StringParameter LmtpTlsCApath = Add(new StringParameter("lmtp_tls_CApath", ""));
    public static readonly BooleanParameter LmtpTlsBlockEarlyMailReply = Add(new BooleanParameter("lmtp_tls_block_early_mail_reply", "no"));
    public static readonly StringParameter LmtpTlsCertFile = Add(new StringParameter("lmtp_tls_cert_file", ""));
    public static readonly StringParameter LmtpTlsChainFiles = Add(new StringParameter("lmtp_tls_chain_files", ""));
    public static readonly StringParameter LmtpTlsCiphers = Add(new StringParameter("lmtp_tls_ciphers", "medium") { MinimumLength = 1 });
    public static readonly BooleanParameter LmtpTlsConnectionReuse = Add(new BooleanParameter("lmtp_tls_connection_reuse", "no"));
    public static readonly StringParameter LmtpTlsDcertFile = Add(new StringParameter("lmtp_tls_dcert_file", ""));
    public static readonly StringParameter LmtpTlsDkeyFile = Add(new StringParameter("lmtp_tls_dkey_file", "$lmtp_tls_dcert_file"));
    public static readonly StringParameter LmtpTlsEccertFile = Add(new StringParameter("lmtp_tls_eccert_file", ""));
    public static readonly StringParameter LmtpTlsEckeyFile = Add(new StringParameter("lmtp_tls_eckey_file", "$lmtp_tls_eccert_file"));
    public static readonly BooleanParameter LmtpTlsEnableRpk = Add(new BooleanParameter("lmtp_tls_enable_rpk", "no"));
    public static readonly BooleanParameter LmtpTlsEnforcePeername = Add(new BooleanParameter("lmtp_tls_enforce_peername", "yes"));
    public static readonly BooleanParameter LmtpTlsEnforceStsMxPatterns = Add(new BooleanParameter("lmtp_tls_enforce_sts_mx_patterns", "yes"));
    public static readonly StringParameter LmtpTlsExcludeCiphers = Add(new StringParameter("lmtp_tls_exclude_ciphers", ""));
    public static readonly StringParameter LmtpTlsFingerprintCertMatch = Add(new StringParameter("lmtp_tls_fingerprint_cert_match", ""));
    public static readonly StringParameter LmtpTlsFingerprintDigest = Add(new StringParameter("lmtp_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}") { MinimumLength = 1 });
    public static readonly BooleanParameter LmtpTlsForceInsecureHostTlsaLookup = Add(new BooleanParameter("lmtp_tls_force_insecure_host_tlsa_lookup", "no"));
    public static readonly StringParameter LmtpTlsKeyFile = Add(new StringParameter("lmtp_tls_key_file", "$lmtp_tls_cert_file"));
    public static readonly StringParameter LmtpTlsLoglevel = Add(new StringParameter("lmtp_tls_loglevel", "0"));
    public static readonly StringParameter LmtpTlsLoglevelMaps = Add(new StringParameter("lmtp_tls_loglevel_maps", ""));
    public static readonly StringParameter LmtpTlsMandatoryCiphers = Add(new StringParameter("lmtp_tls_mandatory_ciphers", "medium") { MinimumLength = 1 });
    public static readonly StringParameter LmtpTlsMandatoryExcludeCiphers = Add(new StringParameter("lmtp_tls_mandatory_exclude_ciphers", ""));
    public static readonly StringParameter LmtpTlsMandatoryProtocols = Add(new StringParameter("lmtp_tls_mandatory_protocols", ">=TLSv1"));
    public static readonly BooleanParameter LmtpTlsNoteStarttlsOffer = Add(new BooleanParameter("lmtp_tls_note_starttls_offer", "no"));
    public static readonly StringParameter LmtpTlsPerSite = Add(new StringParameter("lmtp_tls_per_site", ""));
    public static readonly StringParameter LmtpTlsPolicyMaps = Add(new StringParameter("lmtp_tls_policy_maps", ""));
    public static readonly StringParameter LmtpTlsProtocols = Add(new StringParameter("lmtp_tls_protocols", ">=TLSv1"));
    public static readonly IntegerParameter LmtpTlsScertVerifydepth = Add(new IntegerParameter("lmtp_tls_scert_verifydepth", "9"));
    public static readonly StringParameter LmtpTlsSecureCertMatch = Add(new StringParameter("lmtp_tls_secure_cert_match", "nexthop") { MinimumLength = 1 });
    public static readonly StringParameter LmtpTlsSecurityLevel = Add(new StringParameter("lmtp_tls_security_level", ""));
    public static readonly StringParameter LmtpTlsServername = Add(new StringParameter("lmtp_tls_servername", ""));
    public static readonly StringParameter LmtpTlsSessionCacheDatabase = Add(new StringParameter("lmtp_tls_session_cache_database", ""));
    public static readonly TimeParameter LmtpTlsSessionCacheTimeout = Add(new TimeParameter("lmtp_tls_session_cache_timeout", "3600s"));
    public static readonly IntegerParameter LmtpTlsTraceSizeLimit = Add(new IntegerParameter("lmtp_tls_trace_size_limit", "102400"));
    public static readonly StringParameter LmtpTlsTrustAnchorFile = Add(new StringParameter("lmtp_tls_trust_anchor_file", ""));
    public static readonly StringParameter LmtpTlsVerifyCertMatch = Add(new StringParameter("lmtp_tls_verify_cert_match", "hostname") { MinimumLength = 1 });
    public static readonly BooleanParameter LmtpTlsWrappermode = Add(new BooleanParameter("lmtp_tls_wrappermode", "no"));
    public static readonly BooleanParameter LmtpTlsrptEnable = Add(new BooleanParameter("lmtp_tlsrpt_enable", "no"));
    public static readonly BooleanParameter LmtpTlsrptSkipReusedHandshakes = Add(new BooleanParameter("lmtp_tlsrpt_skip_reused_handshakes", "no"));
    public static readonly StringParameter LmtpTlsrptSocketName = Add(new StringParameter("lmtp_tlsrpt_socket_name", ""));
}
