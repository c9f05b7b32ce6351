namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter AuthorizedVerpClients = Add(new StringParameter("authorized_verp_clients", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter FallbackRelay = Add(new StringParameter("fallback_relay", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter LmtpPerRecordDeadline = Add(new StringParameter("lmtp_per_record_deadline", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter PostscreenBlacklistAction = Add(new StringParameter("postscreen_blacklist_action", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter PostscreenDnsblTtl = Add(new StringParameter("postscreen_dnsbl_ttl", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter PostscreenDnsblWhitelistThreshold = Add(new StringParameter("postscreen_dnsbl_whitelist_threshold", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter PostscreenWhitelistInterfaces = Add(new StringParameter("postscreen_whitelist_interfaces", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter SmtpPerRecordDeadline = Add(new StringParameter("smtp_per_record_deadline", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter SmtpdClientConnectionLimitExceptions = Add(new StringParameter("smtpd_client_connection_limit_exceptions", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter SmtpdPerRecordDeadline = Add(new StringParameter("smtpd_per_record_deadline", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter TlsproxyClientLevel = Add(new StringParameter("tlsproxy_client_level", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter TlsproxyClientPolicy = Add(new StringParameter("tlsproxy_client_policy", "") { IsBuiltin = false, IsLegacy = true });
    public static readonly StringParameter VirtualMaps = Add(new StringParameter("virtual_maps", "") { IsBuiltin = false, IsLegacy = true });
}
