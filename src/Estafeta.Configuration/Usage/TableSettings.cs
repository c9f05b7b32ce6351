namespace Estafeta.Configuration.Usage;

/// <summary>
/// The settings of table types that take theirs from a file (<c>mysql:/etc/postfix/x.cf</c>) or, in the old form, from main.cf
/// (<c>mysql:x</c> reads <c>x_hosts</c>, <c>x_user</c>…).
/// </summary>
public static class TableSettings
{
    private static readonly string[] Query = ["domain", "expansion_limit", "query", "result_format", "select_field", "table", "where_field", "additional_conditions"];

    private static readonly string[] Server = [.. Query, "hosts", "user", "password", "dbname", "idle_interval", "retry_interval"];

    private static readonly Dictionary<string, HashSet<string>> ByType = new(StringComparer.Ordinal)
    {
        ["ldap"] =
        [
            "bind", "bind_dn", "bind_pw", "cache", "cache_expiry", "cache_size", "chase_referrals", "debuglevel", "dereference", "domain",
            "expansion_limit", "leaf_result_attribute", "query_filter", "recursion_limit", "result_attribute", "result_filter", "result_format",
            "sasl_authz_id", "sasl_mechs", "sasl_minssf", "sasl_realm", "scope", "search_base", "server_host", "server_port", "size_limit",
            "special_result_attribute", "start_tls", "terminal_result_attribute", "timeout", "tls_ca_cert_dir", "tls_ca_cert_file", "tls_cert",
            "tls_cipher_suite", "tls_key", "tls_random_file", "tls_require_cert", "version",
        ],
        ["mysql"] =
        [
            .. Server, "charset", "option_file", "option_group", "require_result_set", "tls_CAfile", "tls_CApath", "tls_cert_file", "tls_ciphers",
            "tls_key_file", "tls_verify_cert",
        ],
        ["pgsql"] = [.. Server, "encoding", "select_function"],
        ["sqlite"] = [.. Query, "dbpath"],
        ["memcache"] = ["backup", "data_size_limit", "domain", "flags", "key_format", "line_size_limit", "max_try", "memcache", "retry_pause", "timeout", "ttl"],
        ["mongodb"] = ["collection", "dbname", "domain", "expansion_limit", "projection", "query_filter", "result_attribute", "result_format", "uri"],
    };

    /// <summary>The names of a type's settings, or null for a type that has none.</summary>
    public static IReadOnlySet<string>? For(string type) => ByType.GetValueOrDefault(type);
}
