using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Postscreen.Cache;

/// <summary>postscreen_cache_*.</summary>
internal sealed record CacheSettings
{
    /// <summary>Empty: nobody is remembered.</summary>
    public required string Map { get; init; }

    /// <summary>Zero: never.</summary>
    public required TimeSpan CleanupInterval { get; init; }

    public required TimeSpan RetentionTime { get; init; }

    /// <summary>postscreen_watchdog_timeout: how long one look-up or update may take.</summary>
    public required TimeSpan OperationLimit { get; init; }

    public static CacheSettings Read(ParameterSet parameters) => new()
    {
        Map = parameters.Get(Parameters.PostscreenCacheMap).Trim(),
        CleanupInterval = parameters.Get(Parameters.PostscreenCacheCleanupInterval),
        RetentionTime = parameters.Get(Parameters.PostscreenCacheRetentionTime),
        OperationLimit = parameters.Get(Parameters.PostscreenWatchdogTimeout),
    };
}
