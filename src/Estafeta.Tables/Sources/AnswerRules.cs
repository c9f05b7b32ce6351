namespace Estafeta.Tables.Sources;

/// <summary>What ldap, SQL and mongodb tables settle alike: which keys are asked of the server, and what its values become.</summary>
/// <param name="Format"><c>result_format</c>.</param>
/// <param name="Domains"><c>domain</c>.</param>
/// <param name="ExpansionLimit"><c>expansion_limit</c>: the most values a key may have; 0 is no limit.</param>
internal sealed record AnswerRules(KeyExpansion Format, DomainFilter? Domains, int ExpansionLimit)
{
    /// <exception cref="TableUnavailableException">A setting is wrong.</exception>
    public static AnswerRules Load(TableParameters parameters, TableRequest request, string defaultFormat = "%s") => new(
        KeyExpansion.Parse("result_format", parameters.Get("result_format", defaultFormat), isResult: true),
        DomainFilter.Load(parameters, request),
        parameters.GetInteger("expansion_limit", 0, 0));

    /// <summary>Found: ask; not found: the key lacks what the result needs, or its domain is not ours; trouble: a table of the domains is in trouble.</summary>
    public ValueTask<LookupResult> AdmitAsync(string key, CancellationToken cancellationToken) =>
        // C would cut the key short at a NUL.
        key.Contains('\0') || !Format.AcceptsKey(key) ? new ValueTask<LookupResult>(LookupResult.NotFound)
        : Domains == null ? new ValueTask<LookupResult>(LookupResult.Found(""))
        : Domains.MatchAsync(key, cancellationToken);

    public ResultValues Collect(TableRequest request, string key) => new(request, Format, ExpansionLimit, key);
}
