namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter OpensslPath = Add(new StringParameter("openssl_path", "openssl") { MinimumLength = 1 });
    public static readonly BooleanParameter TlsAppendDefaultCA = Add(new BooleanParameter("tls_append_default_CA", "no"));
    public static readonly StringParameter TlsConfigFile = Add(new StringParameter("tls_config_file", "default"));
    public static readonly StringParameter TlsConfigName = Add(new StringParameter("tls_config_name", ""));
    public static readonly IntegerParameter TlsDaemonRandomBytes = Add(new IntegerParameter("tls_daemon_random_bytes", "32") { Minimum = 1 });
    public static readonly StringParameter TlsDaneDigests = Add(new StringParameter("tls_dane_digests", "sha512 sha256") { MinimumLength = 1 });
    public static readonly StringParameter TlsDisableWorkarounds = Add(new StringParameter("tls_disable_workarounds", ""));
    public static readonly StringParameter TlsEecdhAutoCurves = Add(new StringParameter("tls_eecdh_auto_curves", "X25519 X448 prime256v1 secp384r1 secp521r1"));
    public static readonly StringParameter TlsEecdhStrongCurve = Add(new StringParameter("tls_eecdh_strong_curve", "prime256v1"));
    public static readonly StringParameter TlsEecdhUltraCurve = Add(new StringParameter("tls_eecdh_ultra_curve", "secp384r1"));
    public static readonly StringParameter TlsExportCipherlist = Add(new StringParameter("tls_export_cipherlist", ""));
    public static readonly BooleanParameter TlsFastShutdownEnable = Add(new BooleanParameter("tls_fast_shutdown_enable", "yes"));
    public static readonly StringParameter TlsFfdheAutoGroups = Add(new StringParameter("tls_ffdhe_auto_groups", "ffdhe2048 ffdhe3072"));
    public static readonly StringParameter TlsHighCipherlist = Add(new StringParameter("tls_high_cipherlist", "aNULL:-aNULL:HIGH:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:@STRENGTH") { MinimumLength = 1 });
    public static readonly StringParameter TlsLowCipherlist = Add(new StringParameter("tls_low_cipherlist", ""));
    public static readonly StringParameter TlsMediumCipherlist = Add(new StringParameter("tls_medium_cipherlist", "aNULL:-aNULL:HIGH:MEDIUM:!SEED:!IDEA:!3DES:!RC2:!RC4:!RC5:!kDH:!kECDH:!aDSS:!MD5:+RC4:@STRENGTH") { MinimumLength = 1 });
    public static readonly StringParameter TlsNullCipherlist = Add(new StringParameter("tls_null_cipherlist", "eNULL:!kDH:!kECDH:!aDSS:!MD5:!aNULL") { MinimumLength = 1 });
    public static readonly BooleanParameter TlsPreemptCipherlist = Add(new BooleanParameter("tls_preempt_cipherlist", "no"));
    public static readonly IntegerParameter TlsRandomBytes = Add(new IntegerParameter("tls_random_bytes", "32") { Minimum = 1 });
    public static readonly StringParameter TlsRandomExchangeName = Add(new StringParameter("tls_random_exchange_name", "${data_directory}/prng_exch"));
    public static readonly TimeParameter TlsRandomPrngUpdatePeriod = Add(new TimeParameter("tls_random_prng_update_period", "3600s") { Minimum = 1 });
    public static readonly TimeParameter TlsRandomReseedPeriod = Add(new TimeParameter("tls_random_reseed_period", "3600s") { Minimum = 1 });
    public static readonly StringParameter TlsRandomSource = Add(new StringParameter("tls_random_source", "dev:/dev/urandom"));
    public static readonly BooleanParameter TlsRequiredEnable = Add(new BooleanParameter("tls_required_enable", "yes"));
    public static readonly StringParameter TlsServerSniMaps = Add(new StringParameter("tls_server_sni_maps", ""));
    public static readonly StringParameter TlsSessionTicketCipher = Add(new StringParameter("tls_session_ticket_cipher", "aes-256-cbc"));
    public static readonly StringParameter TlsSslOptions = Add(new StringParameter("tls_ssl_options", ""));
    public static readonly IntegerParameter TlsTraceRateLimit = Add(new IntegerParameter("tls_trace_rate_limit", "1"));
    public static readonly BooleanParameter TlsTrustServerCcerts = Add(new BooleanParameter("tls_trust_server_ccerts", "no"));
    public static readonly BooleanParameter TlsWildcardMatchesMultipleLabels = Add(new BooleanParameter("tls_wildcard_matches_multiple_labels", "yes"));
    public static readonly StringParameter TlsmgrServiceName = Add(new StringParameter("tlsmgr_service_name", "tlsmgr") { MinimumLength = 1 });
}
