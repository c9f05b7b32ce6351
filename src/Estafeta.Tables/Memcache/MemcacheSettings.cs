using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Memcache;

/// <summary>The settings of memcache_table(5).</summary>
internal sealed record MemcacheSettings
{
    public required string Server { get; init; }

    public required ILookupTable? Backup { get; init; }

    public required KeyExpansion KeyFormat { get; init; }

    /// <summary>Null: keys are sent as they are.</summary>
    public required KeyDigest? KeyDigest { get; init; }

    public required DomainFilter? Domains { get; init; }

    public required int Flags { get; init; }

    /// <summary>Seconds, or from 30 days on a time stamp: memcached's rule.</summary>
    public required int TimeToLive { get; init; }

    public required int DataSizeLimit { get; init; }

    public required int LineSizeLimit { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>How often a command is sent before it has failed.</summary>
    public required int MaximumTries { get; init; }

    public required TimeSpan RetryPause { get; init; }

    public static MemcacheSettings Load(TableRequest request)
    {
        var parameters = TableParameters.Load(request);
        var backup = parameters.Get("backup", "");
        return new MemcacheSettings
        {
            Server = parameters.Get("memcache", "inet:localhost:11211"),
            Backup = backup.Length == 0 ? null : request.Tables.Open(backup, request.Flags),
            KeyFormat = KeyExpansion.Parse("key_format", parameters.Get("key_format", "%s")),
            KeyDigest = parameters.Get("key_digest", "") is { Length: > 0 } digest ? new KeyDigest(digest, request) : null,
            Domains = DomainFilter.Load(parameters, request),
            Flags = parameters.GetInteger("flags", 0, 0),
            TimeToLive = parameters.GetInteger("ttl", 3600, 0),
            DataSizeLimit = parameters.GetInteger("data_size_limit", 10240, 1),
            LineSizeLimit = parameters.GetInteger("line_size_limit", 1024, 1),
            Timeout = parameters.GetTime("timeout", TimeSpan.FromSeconds(2)),
            MaximumTries = parameters.GetInteger("max_try", 2, 1),
            RetryPause = parameters.GetTime("retry_pause", TimeSpan.FromSeconds(1)),
        };
    }
}
