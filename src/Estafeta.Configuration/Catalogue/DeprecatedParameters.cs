namespace Estafeta.Configuration.Catalogue;

/// <summary>Parameters that Postfix 3.12 still honours but warns about, and what to do instead, in its words.</summary>
public static class DeprecatedParameters
{
    private static readonly Dictionary<string, string> Instead = Load();

    /// <summary>For example <c>specify "smtpd_tls_security_level"</c>; null when the parameter is not deprecated.</summary>
    public static string? Advice(string name) => Instead.GetValueOrDefault(name);

    private static Dictionary<string, string> Load()
    {
        var advice = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("specify \"{0}\"",
            ("authorized_verp_clients", "smtpd_authorized_verp_clients"),
            ("disable_dns_lookups", "smtp_dns_support_level"),
            ("fallback_relay", "smtp_fallback_relay"),
            ("lmtp_per_record_deadline", "lmtp_per_request_deadline"),
            ("lmtp_tls_enforce_peername", "lmtp_tls_security_level"),
            ("lmtp_tls_per_site", "lmtp_tls_policy_maps"),
            ("lmtp_use_tls", "lmtp_tls_security_level"),
            ("postscreen_blacklist_action", "postscreen_denylist_action"),
            ("postscreen_dnsbl_ttl", "postscreen_dnsbl_max_ttl"),
            ("postscreen_dnsbl_whitelist_threshold", "postscreen_dnsbl_allowlist_threshold"),
            ("postscreen_enforce_tls", "postscreen_tls_security_level"),
            ("postscreen_use_tls", "postscreen_tls_security_level"),
            ("postscreen_whitelist_interfaces", "postscreen_allowlist_interfaces"),
            ("smtp_enforce_tls", "smtp_tls_security_level"),
            ("smtp_per_record_deadline", "smtp_per_request_deadline"),
            ("smtp_tls_enforce_peername", "smtp_tls_security_level"),
            ("smtp_tls_per_site", "smtp_tls_policy_maps"),
            ("smtp_use_tls", "smtp_tls_security_level"),
            ("smtpd_client_connection_limit_exceptions", "smtpd_client_event_limit_exceptions"),
            ("smtpd_enforce_tls", "smtpd_tls_security_level"),
            ("smtpd_per_record_deadline", "smtpd_per_request_deadline"),
            ("smtpd_use_tls", "smtpd_tls_security_level"),
            ("tlsproxy_client_enforce_tls", "tlsproxy_client_security_level"),
            ("tlsproxy_client_level", "tlsproxy_client_security_level"),
            ("tlsproxy_client_per_site", "tlsproxy_client_policy_maps"),
            ("tlsproxy_client_policy", "tlsproxy_client_policy_maps"),
            ("tlsproxy_client_use_tls", "tlsproxy_client_security_level"),
            ("tlsproxy_enforce_tls", "tlsproxy_tls_security_level"),
            ("tlsproxy_use_tls", "tlsproxy_tls_security_level"),
            ("virtual_maps", "virtual_alias_maps"));
        Add("{0}", ("lmtp_enforce_tls", "lmtp_tls_security_level")); // Postfix's own words lack the verb here
        Add("do not specify", ("lmtp_cname_overrides_servername", ""), ("smtp_cname_overrides_servername", ""), ("tlsproxy_client_loglevel_parameter", ""));
        Add("do not specify (leave at default)", ("smtpd_tls_dh1024_param_file", ""), ("smtpd_tls_eecdh_grade", ""));
        Add("do not specify with OpenSSL 3.5 or later", ("tls_eecdh_auto_curves", ""), ("tls_ffdhe_auto_groups", ""));
        return advice;

        void Add(string text, params ReadOnlySpan<(string Name, string Successor)> parameters)
        {
            foreach (var (name, successor) in parameters)
            {
                advice[name] = text.Replace("{0}", successor, StringComparison.Ordinal);
            }
        }
    }
}
