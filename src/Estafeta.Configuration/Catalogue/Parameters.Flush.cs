namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly TimeParameter FastFlushPurgeTime = Add(new TimeParameter("fast_flush_purge_time", "7d") { Minimum = 1 });
    public static readonly TimeParameter FastFlushRefreshTime = Add(new TimeParameter("fast_flush_refresh_time", "12h") { Minimum = 1 });
}
