using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Tables.Cidr;
using Estafeta.Tables.Keys;

namespace Estafeta.Tables.MatchLists;

/// <summary>
/// A list of clients (mynetworks, debug_peer_list, smtpd_authorized_xclient_hosts…): addresses, <c>network/prefix</c>, IPv6 in brackets,
/// host names and their parents, tables. Each pattern is tried on the name, then on the address; the first that matches decides.
/// A malformed network is trouble, not "no match". Immutable, thread-safe.
/// </summary>
public sealed class HostList
{
    private readonly string _parameterName;
    private readonly MatchPattern[] _patterns;
    private readonly bool _matchesSubdomains;
    private readonly Action<string> _warn;

    private HostList(string parameterName, MatchPattern[] patterns, bool matchesSubdomains, Action<string> warn)
    {
        _parameterName = parameterName;
        _patterns = patterns;
        _matchesSubdomains = matchesSubdomains;
        _warn = warn;
    }

    public bool IsEmpty => _patterns.Length == 0;

    /// <exception cref="ConfigurationException">A word of the list is malformed.</exception>
    public static HostList Open(string parameterName, string value, TableSet tables) => new(
        parameterName,
        MatchPatternReader.Read(parameterName, value, tables, readsNetworks: true),
        DomainList.ParentMatches(tables.Parameters, parameterName),
        tables.Warn);

    public static HostList Open(StringParameter parameter, TableSet tables) => Open(parameter.Name, tables.Parameters.Get(parameter), tables);

    /// <summary>Whether the list has the client.</summary>
    /// <param name="name">The verified host name, <c>unknown</c> when there is none; null to ask about the address only.</param>
    /// <param name="address">Null when the client has none (local submission).</param>
    /// <param name="cancellationToken">Ends waiting for tables.</param>
    public ValueTask<LookupResult> MatchAsync(string? name, IPAddress? address, CancellationToken cancellationToken)
    {
        // fe80::1%eth0: the zone says which link, not which network.
        var text = address?.ToString();
        text = text != null && text.IndexOf('%', StringComparison.Ordinal) is >= 0 and var zone ? text[..zone] : text;
        _ = NetworkAddress.TryParse(text, out var number);
        for (var i = 0; i < _patterns.Length; i++)
        {
            if (_patterns[i].Table != null)
            {
                return MatchFromAsync(i, name, text, number, cancellationToken);
            }

            var result = Match(_patterns[i], name, text, number);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return new(Decided(_patterns[i], result));
            }
        }

        return new(LookupResult.NotFound);
    }

    private async ValueTask<LookupResult> MatchFromAsync(int index, string? name, string? text, NetworkAddress number, CancellationToken cancellationToken)
    {
        for (var i = index; i < _patterns.Length; i++)
        {
            var pattern = _patterns[i];
            var result = pattern.Table is { } table
                ? await LookupAsync(table, name, text, cancellationToken)
                : Match(pattern, name, text, number);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return Decided(pattern, result);
            }
        }

        return LookupResult.NotFound;
    }

    private LookupResult Match(MatchPattern pattern, string? name, string? text, NetworkAddress number)
    {
        if (name != null && DomainList.Matches(pattern.Text, name, withParents: true, _matchesSubdomains))
        {
            return LookupResult.Found("");
        }

        if (text == null)
        {
            return LookupResult.NotFound;
        }

        if (pattern.Trouble != null)
        {
            _warn($"{_parameterName}: {pattern.Trouble}");
            return LookupResult.Trouble(pattern.Trouble);
        }

        return pattern.Network is { } network && network.Contains(number) ? LookupResult.Found("") : LookupResult.NotFound;
    }

    private async ValueTask<LookupResult> LookupAsync(MapList table, string? name, string? text, CancellationToken cancellationToken)
    {
        if (name != null)
        {
            var result = await new DomainLookup(table, _matchesSubdomains).FindAsync(name, cancellationToken);
            if (result.IsSettled)
            {
                return result.Result;
            }
        }

        return text == null ? LookupResult.NotFound : await table.LookupAsync(text, cancellationToken);
    }

    private LookupResult Decided(MatchPattern pattern, LookupResult result) =>
        result.IsTrouble ? (pattern.Table == null ? result : LookupResult.Trouble($"{_parameterName}: {pattern.Text}: table lookup problem"))
        : pattern.IsNegated ? LookupResult.NotFound
        : LookupResult.Found("");
}
