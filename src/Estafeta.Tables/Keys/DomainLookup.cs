using System.Buffers;

namespace Estafeta.Tables.Keys;

/// <summary>
/// A domain and then its parents: <c>a.example.com</c>, <c>.example.com</c>, <c>.com</c>; or without the dots for lists whose name is in
/// <c>parent_domain_matches_subdomains</c>. Pattern tables see the whole name only. Used for access(5), transport(5), relay_domains and the like.
/// Thread-safe.
/// </summary>
/// <param name="maps">Asked for each key before the next key is tried.</param>
/// <param name="parentMatchesSubdomains">The plain name of a parent matches what is below it.</param>
public sealed class DomainLookup(MapList maps, bool parentMatchesSubdomains)
{
    private static readonly SearchValues<char> NumericCharacters = SearchValues.Create("0123456789.:");

    public bool IsEmpty => maps.IsEmpty;

    /// <summary>Pattern tables are not asked at all: the domain is itself a part of what they saw.</summary>
    public bool FixedKeysOnly { get; init; }

    /// <summary>An address literal, with or without brackets, has no parents.</summary>
    public async ValueTask<KeyMatch> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var isPart = FixedKeysOnly;
        for (var key = domain; ; isPart = true)
        {
            var result = await maps.LookupAsync(key, isPart, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return new KeyMatch(result, key);
            }

            var dot = key.Length > 1 ? key.IndexOf('.', 1) : -1;
            // A name may end in a dot: there is no parent after it.
            if (dot < 0 || dot + 1 == key.Length || domain[0] == '[' || IsNumeric(domain))
            {
                return KeyMatch.None;
            }

            key = key[(parentMatchesSubdomains ? dot + 1 : dot)..];
        }
    }

    private static bool IsNumeric(string domain) => !domain.AsSpan().ContainsAnyExcept(NumericCharacters);
}
