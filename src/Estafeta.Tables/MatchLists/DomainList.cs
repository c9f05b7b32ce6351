using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Keys;

namespace Estafeta.Tables.MatchLists;

/// <summary>
/// A list of names (mydestination, virtual_alias_domains, authorized_mailq_users…) or of domains with what is below them
/// (relay_domains, fast_flush_domains…). The first pattern that matches decides. With parents, <c>.parent</c> matches all below it,
/// or plain <c>parent</c> does, itself included, when parent_domain_matches_subdomains names the parameter. Immutable, thread-safe.
/// </summary>
public sealed class DomainList
{
    private readonly string _parameterName;
    private readonly MatchPattern[] _patterns;
    private readonly bool _withParents;
    private readonly bool _matchesSubdomains;

    private DomainList(string parameterName, MatchPattern[] patterns, bool withParents, bool matchesSubdomains)
    {
        _parameterName = parameterName;
        _patterns = patterns;
        _withParents = withParents;
        _matchesSubdomains = matchesSubdomains;
    }

    public bool IsEmpty => _patterns.Length == 0;

    /// <exception cref="ConfigurationException">A word of the list is malformed.</exception>
    public static DomainList Open(string parameterName, string value, TableSet tables, bool withParents = false) => new(
        parameterName,
        MatchPatternReader.Read(parameterName, value, tables, readsNetworks: false),
        withParents,
        withParents && ParentMatches(tables.Parameters, parameterName));

    public static DomainList Open(StringParameter parameter, TableSet tables, bool withParents = false) =>
        Open(parameter.Name, tables.Parameters.Get(parameter), tables, withParents);

    /// <summary>Whether parent_domain_matches_subdomains names the parameter.</summary>
    public static bool ParentMatches(ParameterSet parameters, string parameterName) =>
        WordList.Split(parameters.Get(Parameters.ParentDomainMatchesSubdomains)).Contains(parameterName, StringComparer.Ordinal);

    /// <summary>Found, not found, or trouble with a table or file of the list.</summary>
    public ValueTask<LookupResult> MatchAsync(string name, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _patterns.Length; i++)
        {
            var pattern = _patterns[i];
            if (pattern.Table != null)
            {
                return MatchFromAsync(i, name, cancellationToken);
            }

            if (pattern.Trouble != null)
            {
                return new(LookupResult.Trouble(pattern.Trouble));
            }

            if (Matches(pattern.Text, name, _withParents, _matchesSubdomains))
            {
                return new(pattern.IsNegated ? LookupResult.NotFound : LookupResult.Found(""));
            }
        }

        return new(LookupResult.NotFound);
    }

    internal static bool Matches(string pattern, string name, bool withParents, bool matchesSubdomains)
    {
        if (name.Equals(pattern, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!withParents || name.Length <= pattern.Length || !name.EndsWith(pattern, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        return matchesSubdomains ? name[name.Length - pattern.Length - 1] == '.' : pattern[0] == '.';
    }

    private async ValueTask<LookupResult> MatchFromAsync(int index, string name, CancellationToken cancellationToken)
    {
        for (var i = index; i < _patterns.Length; i++)
        {
            var pattern = _patterns[i];
            var result = pattern.Trouble != null ? LookupResult.Trouble(pattern.Trouble)
                : pattern.Table != null ? await LookupAsync(pattern.Table, name, cancellationToken)
                : Matches(pattern.Text, name, _withParents, _matchesSubdomains) ? LookupResult.Found("")
                : LookupResult.NotFound;
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result.IsTrouble && pattern.Table != null ? LookupResult.Trouble($"{_parameterName}: {pattern.Text}: table lookup problem")
                    : pattern.IsNegated && result.IsFound ? LookupResult.NotFound
                    : result;
            }
        }

        return LookupResult.NotFound;
    }

    private async ValueTask<LookupResult> LookupAsync(MapList table, string name, CancellationToken cancellationToken) => _withParents
        ? (await new DomainLookup(table, _matchesSubdomains).FindAsync(name, cancellationToken)).Result
        : await table.LookupAsync(name, cancellationToken);
}
