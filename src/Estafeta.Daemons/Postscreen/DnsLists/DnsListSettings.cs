using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Daemons.Postscreen.DnsLists;

/// <summary>postscreen_dnsbl_*: which lists are asked, and what their answers mean.</summary>
internal sealed record DnsListSettings
{
    public required IReadOnlyList<DnsList> Lists { get; init; }

    public required ScreeningAction Action { get; init; }

    /// <summary>From this score on a client is refused.</summary>
    public required int Threshold { get; init; }

    /// <summary>Up to this score, which is negative, a client needs no other test; 0 is none.</summary>
    public required int AllowlistThreshold { get; init; }

    public required TimeSpan MinTtl { get; init; }

    public required TimeSpan MaxTtl { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>dnsblog_reply_delay, for tests.</summary>
    public required TimeSpan ReplyDelay { get; init; }

    /// <exception cref="ConfigurationException">A site or an action is malformed.</exception>
    public static DnsListSettings Read(ParameterSet parameters) => new()
    {
        // One question a domain, however many filters there are for its answers.
        Lists = [.. WordList.Split(parameters.Get(Parameters.PostscreenDnsblSites)).Select(ScoredSite.Parse)
            .GroupBy(s => s.Site.Domain, (domain, sites) => new DnsList(domain, [.. sites]))],
        Action = ScreeningActions.Read(parameters, Parameters.PostscreenDnsblAction),
        Threshold = parameters.Get(Parameters.PostscreenDnsblThreshold),
        AllowlistThreshold = parameters.Get(Parameters.PostscreenDnsblAllowlistThreshold),
        MinTtl = parameters.Get(Parameters.PostscreenDnsblMinTtl),
        MaxTtl = parameters.Get(Parameters.PostscreenDnsblMaxTtl),
        Timeout = parameters.Get(Parameters.PostscreenDnsblTimeout),
        ReplyDelay = parameters.Get(Parameters.DnsblogReplyDelay),
    };

    /// <summary>The score frees the client of all other tests.</summary>
    public bool Allows(int score) => AllowlistThreshold < 0 && score <= AllowlistThreshold;

    /// <summary>How long a good result counts.</summary>
    public TimeSpan TtlOf(DnsListScore score)
    {
        var ttl = score.Ttl ?? MaxTtl;
        return ttl > MaxTtl ? MaxTtl : ttl < MinTtl ? MinTtl : ttl;
    }
}

internal sealed record DnsList(string Domain, IReadOnlyList<ScoredSite> Sites);
