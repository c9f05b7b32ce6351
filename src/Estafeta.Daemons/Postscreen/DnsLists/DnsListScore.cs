using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Postscreen.DnsLists;

/// <summary>What the lists have said about one client so far. Answers come from several threads.</summary>
internal sealed class DnsListScore
{
    private readonly Lock _lock = new();
    private int _score;
    private int _topWeight;
    private uint? _ttl;
    private string? _topDomain;

    /// <summary>Ends when all lists have answered, or are not waited for any more.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    /// <summary>The sum of the weights of the lists that have the client.</summary>
    public int Value
    {
        get
        {
            lock (_lock)
            {
                return _score;
            }
        }
    }

    /// <summary>The list that weighs most against the client.</summary>
    public string? TopDomain
    {
        get
        {
            lock (_lock)
            {
                return _topDomain;
            }
        }
    }

    /// <summary>The shortest life of the answers; null when none of them says.</summary>
    public TimeSpan? Ttl
    {
        get
        {
            lock (_lock)
            {
                return _ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            }
        }
    }

    public void Add(IReadOnlyList<ScoredSite> sites, DnsAnswer answer)
    {
        lock (_lock)
        {
            foreach (var site in sites)
            {
                if (IsListed(site.Site, answer))
                {
                    _score += site.Weight;
                    if (site.Weight > _topWeight)
                    {
                        _topWeight = site.Weight;
                        _topDomain = site.Site.Domain;
                    }
                }
            }

            // A negative answer without SOA has no life of its own.
            if (answer.IsFound || answer.Ttl > 0)
            {
                _ttl = Math.Min(_ttl ?? uint.MaxValue, answer.Ttl);
            }
        }
    }

    private static bool IsListed(DnsListSite site, DnsAnswer answer)
    {
        foreach (var record in answer.Records)
        {
            if (record is DnsAddressRecord address && site.Matches(address.Address))
            {
                return true;
            }
        }

        return false;
    }
}
