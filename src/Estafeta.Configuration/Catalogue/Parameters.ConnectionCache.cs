namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter ConnectionCacheStatusUpdateTime = Add(new TimeParameter("connection_cache_status_update_time", "600s") { Minimum = 1 });
    public static readonly TimeParameter ConnectionCacheTtlLimit = Add(new TimeParameter("connection_cache_ttl_limit", "2s") { Minimum = 1 });
}
