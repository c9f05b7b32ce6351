namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter SmtpdStarttlsTimeout = Add(new TimeParameter("smtpd_starttls_timeout", "${stress?{10}:{300}}s") { Minimum = 1 });
    public static readonly StringParameter SmtpdTlsCAfile = Add(new StringParameter("smtpd_tls_CAfile", ""));
    public static readonly StringParameter SmtpdTlsCApath = Add(new StringParameter("smtpd_tls_CApath", ""));
    public static readonly BooleanParameter SmtpdTlsAlwaysIssueSessionIds = Add(new BooleanParameter("smtpd_tls_always_issue_session_ids", "yes"));
    public static readonly BooleanParameter SmtpdTlsAskCcert = Add(new BooleanParameter("smtpd_tls_ask_ccert", "no"));
    public static readonly BooleanParameter SmtpdTlsAuthOnly = Add(new BooleanParameter("smtpd_tls_auth_only", "no"));
    public static readonly IntegerParameter SmtpdTlsCcertVerifydepth = Add(new IntegerParameter("smtpd_tls_ccert_verifydepth", "9"));
    public static readonly StringParameter SmtpdTlsCertFile = Add(new StringParameter("smtpd_tls_cert_file", ""));
    public static readonly StringParameter SmtpdTlsChainFiles = Add(new StringParameter("smtpd_tls_chain_files", ""));
    public static readonly StringParameter SmtpdTlsCiphers = Add(new StringParameter("smtpd_tls_ciphers", "medium") { MinimumLength = 1 });
    public static readonly StringParameter SmtpdTlsDcertFile = Add(new StringParameter("smtpd_tls_dcert_file", ""));
    public static readonly StringParameter SmtpdTlsDh1024ParamFile = Add(new StringParameter("smtpd_tls_dh1024_param_file", ""));
    public static readonly StringParameter SmtpdTlsDh512ParamFile = Add(new StringParameter("smtpd_tls_dh512_param_file", ""));
    public static readonly StringParameter SmtpdTlsDkeyFile = Add(new StringParameter("smtpd_tls_dkey_file", "$smtpd_tls_dcert_file"));
    public static readonly StringParameter SmtpdTlsEccertFile = Add(new StringParameter("smtpd_tls_eccert_file", ""));
    public static readonly StringParameter SmtpdTlsEckeyFile = Add(new StringParameter("smtpd_tls_eckey_file", "$smtpd_tls_eccert_file"));
    public static readonly StringParameter SmtpdTlsEecdhGrade = Add(new StringParameter("smtpd_tls_eecdh_grade", "auto") { MinimumLength = 1 });
    public static readonly BooleanParameter SmtpdTlsEnableRpk = Add(new BooleanParameter("smtpd_tls_enable_rpk", "no"));
    public static readonly StringParameter SmtpdTlsExcludeCiphers = Add(new StringParameter("smtpd_tls_exclude_ciphers", ""));
    public static readonly StringParameter SmtpdTlsFingerprintDigest = Add(new StringParameter("smtpd_tls_fingerprint_digest", "${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}") { MinimumLength = 1 });
    public static readonly StringParameter SmtpdTlsKeyFile = Add(new StringParameter("smtpd_tls_key_file", "$smtpd_tls_cert_file"));
    public static readonly StringParameter SmtpdTlsLoglevel = Add(new StringParameter("smtpd_tls_loglevel", "0"));
    public static readonly StringParameter SmtpdTlsLoglevelMaps = Add(new StringParameter("smtpd_tls_loglevel_maps", ""));
    public static readonly StringParameter SmtpdTlsMandatoryCiphers = Add(new StringParameter("smtpd_tls_mandatory_ciphers", "medium") { MinimumLength = 1 });
    public static readonly StringParameter SmtpdTlsMandatoryExcludeCiphers = Add(new StringParameter("smtpd_tls_mandatory_exclude_ciphers", ""));
    public static readonly StringParameter SmtpdTlsMandatoryProtocols = Add(new StringParameter("smtpd_tls_mandatory_protocols", ">=TLSv1"));
    public static readonly StringParameter SmtpdTlsProtocols = Add(new StringParameter("smtpd_tls_protocols", ">=TLSv1"));
    public static readonly BooleanParameter SmtpdTlsReceivedHeader = Add(new BooleanParameter("smtpd_tls_received_header", "no"));
    public static readonly BooleanParameter SmtpdTlsReqCcert = Add(new BooleanParameter("smtpd_tls_req_ccert", "no"));
    public static readonly StringParameter SmtpdTlsSecurityLevel = Add(new StringParameter("smtpd_tls_security_level", ""));
    public static readonly StringParameter SmtpdTlsSessionCacheDatabase = Add(new StringParameter("smtpd_tls_session_cache_database", ""));
    public static readonly TimeParameter SmtpdTlsSessionCacheTimeout = Add(new TimeParameter("smtpd_tls_session_cache_timeout", "3600s"));
    public static readonly IntegerParameter SmtpdTlsTraceSizeLimit = Add(new IntegerParameter("smtpd_tls_trace_size_limit", "102400"));
    public static readonly BooleanParameter SmtpdTlsWrappermode = Add(new BooleanParameter("smtpd_tls_wrappermode", "no"));
}
