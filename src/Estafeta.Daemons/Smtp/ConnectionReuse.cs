using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_connection_cache_* and smtp_connection_reuse_*: when a connection is kept for the next delivery, and for how long.</summary>
internal sealed record ConnectionReuse
{
    /// <summary>Keep connections to destinations whose deliveries follow each other closely.</summary>
    public bool OnDemand { get; init; }

    /// <summary>How long an idle connection is kept; connection_cache_ttl_limit bounds it.</summary>
    public TimeSpan CacheTimeLimit { get; init; }

    /// <summary>Deliveries over one connection; 0 is no limit.</summary>
    public int CountLimit { get; init; }

    /// <summary>Age of a connection beyond which it is not used again.</summary>
    public TimeSpan TimeLimit { get; init; }

    public static ConnectionReuse Load(SmtpParameters p) => new()
    {
        OnDemand = p.Flag(Parameters.SmtpConnectionCacheOnDemand, Parameters.LmtpConnectionCacheOnDemand),
        CacheTimeLimit = Shorter(
            p.Time(Parameters.SmtpConnectionCacheTimeLimit, Parameters.LmtpConnectionCacheTimeLimit), p.All.Get(Parameters.ConnectionCacheTtlLimit)),
        CountLimit = p.Number(Parameters.SmtpConnectionReuseCountLimit, Parameters.LmtpConnectionReuseCountLimit),
        TimeLimit = p.Time(Parameters.SmtpConnectionReuseTimeLimit, Parameters.LmtpConnectionReuseTimeLimit),
    };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
