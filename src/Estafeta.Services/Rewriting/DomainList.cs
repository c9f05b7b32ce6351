using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Tables;
using Estafeta.Tables.Keys;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// A list of domains as main.cf writes them (mydestination, relay_domains…): names, <c>!exceptions</c>, <c>/files</c> and
/// <c>type:tables</c>; the first pattern that matches decides. In lists with parents (relay_domains) <c>.parent</c> matches all below
/// it, or plain <c>parent</c> does when the parameter's name is in parent_domain_matches_subdomains.
/// </summary>
public sealed class DomainList
{
    private readonly List<Pattern> _patterns = [];
    private readonly bool _withParents;
    private readonly bool _matchesSubdomains;

    private DomainList(bool withParents, bool matchesSubdomains) => (_withParents, _matchesSubdomains) = (withParents, matchesSubdomains);

    public bool IsEmpty => _patterns.Count == 0;

    public static DomainList Open(string parameterName, string value, TableSet tables, bool withParents = false)
    {
        var list = new DomainList(withParents, withParents && ParentMatches(tables.Parameters, parameterName));
        list.Add(parameterName, value, tables, 0);
        return list;
    }

    /// <summary>Whether parent_domain_matches_subdomains names the parameter.</summary>
    public static bool ParentMatches(ParameterSet parameters, string parameterName) =>
        Words(parameters.Get(Parameters.ParentDomainMatchesSubdomains)).Contains(parameterName, StringComparer.Ordinal);

    /// <summary>Found, not found, or trouble with a table or file of the list.</summary>
    public async ValueTask<LookupResult> MatchAsync(string domain, CancellationToken cancellationToken)
    {
        foreach (var pattern in _patterns)
        {
            var result = pattern.Table == null
                ? (MatchesName(pattern.Text, domain) ? LookupResult.Found("") : LookupResult.NotFound)
                : await LookupParentsAsync(pattern.Table, domain, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result.IsFound && pattern.Negated ? LookupResult.NotFound : result;
            }
        }

        return LookupResult.NotFound;
    }

    private bool MatchesName(string pattern, string domain)
    {
        if (domain.Equals(pattern, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!_withParents)
        {
            return false;
        }

        // A parent matches as ".parent", or as "parent" for the lists that say so.
        var dotted = pattern.StartsWith('.');
        return (dotted || _matchesSubdomains) && domain.Length > pattern.Length
            && domain.EndsWith(pattern, StringComparison.OrdinalIgnoreCase)
            && (dotted ? !_matchesSubdomains : domain[domain.Length - pattern.Length - 1] == '.');
    }

    private ValueTask<LookupResult> LookupParentsAsync(MapList table, string domain, CancellationToken cancellationToken) => _withParents
        ? new DomainLookup(table, _matchesSubdomains).FindAsync(domain, cancellationToken)
        : table.LookupAsync(domain, cancellationToken);

    private void Add(string parameterName, string value, TableSet tables, int depth)
    {
        if (depth > 10)
        {
            throw new ConfigurationException($"{parameterName}: files nested too deeply: {value}");
        }

        foreach (var word in Words(value))
        {
            var negated = word.StartsWith('!');
            var text = word.TrimStart('!');
            if (text.StartsWith('/'))
            {
                Add(parameterName, string.Join(' ', File.ReadLines(text).Where(l => !l.StartsWith('#'))), tables, depth + 1);
            }
            else
            {
                var table = text.Contains(':', StringComparison.Ordinal) && !text.StartsWith('[') ? tables.OpenList(parameterName, text) : null;
                _patterns.Add(new Pattern(text, negated, table));
            }
        }
    }

    private static IEnumerable<string> Words(string value)
    {
        var at = 0;
        while (at < value.Length)
        {
            if (value[at] is ' ' or ',' or '\t' or '\n' or '\r')
            {
                at++;
                continue;
            }

            var start = at;
            for (var depth = 0; at < value.Length && (depth > 0 || value[at] is not (' ' or ',' or '\t' or '\n' or '\r')); at++)
            {
                depth += value[at] == '{' ? 1 : value[at] == '}' ? -1 : 0;
            }

            yield return value[start..at];
        }
    }

    private readonly record struct Pattern(string Text, bool Negated, MapList? Table);
}
