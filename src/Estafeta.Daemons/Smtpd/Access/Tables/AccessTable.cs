using System.Net;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tables.Keys;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Access.Tables;

/// <summary>
/// An access(5) table with its key rules: addresses by <c>user@domain</c>, <c>domain</c>, parents and <c>user@</c>; names by parents; client
/// addresses by shorter and shorter networks. Trouble with the table refuses with 451: it must never open a door.
/// </summary>
internal sealed class AccessTable
{
    private readonly AddressLookup _addresses;
    private readonly DomainLookup _domains;
    private readonly NetworkLookup _networks;
    private readonly MapList _exact;

    public AccessTable(string name, AccessServices services)
    {
        Name = name;
        var parentMatches = DomainList.ParentMatches(services.Tables.Parameters, Parents);
        _exact = new MapList(name, [services.OpenTable(name)]) { Warn = services.Tables.Warn };
        _addresses = new AddressLookup(_exact, AddressExtensions.Load(services.Tables.Parameters), AddressForms.Access) { ParentMatchesSubdomains = parentMatches };
        _domains = new DomainLookup(_exact, parentMatches);
        _networks = new NetworkLookup(_exact);
    }

    /// <summary>How the list parameter parent_domain_matches_subdomains calls all access tables.</summary>
    private const string Parents = "smtpd_access_maps";

    public string Name { get; }

    /// <summary>A host name.</summary>
    public async ValueTask<AccessAnswer> FindNameAsync(string name, CancellationToken cancellationToken) =>
        Answer(name, await _domains.FindAsync(name, cancellationToken));

    public async ValueTask<AccessAnswer> FindAddressAsync(IPAddress address, CancellationToken cancellationToken) =>
        Answer(address.ToString(), await _networks.FindAsync(address, cancellationToken));

    /// <summary>A mail address, in internal form.</summary>
    public async ValueTask<AccessAnswer> FindMailAddressAsync(string address, CancellationToken cancellationToken)
    {
        var match = await _addresses.FindAsync(address, cancellationToken);
        return new AccessAnswer(address, match.Result, match.Key);
    }

    /// <summary>One key as it is: user names, fingerprints.</summary>
    public async ValueTask<AccessAnswer> FindExactAsync(string key, CancellationToken cancellationToken) =>
        new(key, await _exact.LookupAsync(key, cancellationToken), key);

    /// <summary>Carries out what was found. Dunno when nothing was.</summary>
    public ValueTask<AccessVerdict> ApplyAsync(
        AccessCheck check, AccessAnswer answer, string replyName, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        check.Trace?.Table(Name, answer.IsSettled ? answer.Found : answer.Key, answer.Result);
        if (answer.Result is { IsFound: true, Value.Length: 0 })
        {
            check.Log.Warning($"{Name} lookup of {answer.Found} returns an empty string result");
            check.Log.Warning($"{Name} should return NO RESULT in case of NOT FOUND");
            answer = answer with { Result = LookupResult.Trouble("empty result") };
        }

        if (answer.Result.IsTrouble)
        {
            return new(check.Reject(replyClass, 451, "4.3.5", $"<{replyName}>: {replyClass.Words} rejected: Server configuration error", errors: SessionErrors.Software));
        }

        return answer.Result.Value is { } value
            ? new AccessActions(Name, answer.Key, replyName, replyClass).ApplyAsync(check, value, cancellationToken)
            : new(AccessVerdict.Dunno);
    }

    private static AccessAnswer Answer(string asked, KeyMatch match) => new(asked, match.Result, match.Key);
}

/// <param name="Key">What was asked for, before parents and networks.</param>
/// <param name="Result">What was found.</param>
/// <param name="Found">The key that was found.</param>
internal readonly record struct AccessAnswer(string Key, LookupResult Result, string Found)
{
    /// <summary>Found, or in trouble: no further key is tried.</summary>
    public bool IsSettled => Result.Outcome != LookupOutcome.NotFound;
}
