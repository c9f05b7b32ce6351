using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

/// <summary>The settings of ldap_table(5) that concern the search and its results.</summary>
internal sealed record LdapSearchSettings
{
    public required KeyExpansion Base { get; init; }

    public required KeyExpansion Filter { get; init; }

    public required LdapScope Scope { get; init; }

    public required LdapAttributes Attributes { get; init; }

    public required AnswerRules Answers { get; init; }

    public required int SizeLimit { get; init; }

    public required int RecursionLimit { get; init; }

    /// <exception cref="TableUnavailableException">A setting is missing or wrong.</exception>
    public static LdapSearchSettings Load(TableParameters parameters, TableRequest request)
    {
        foreach (var ignored in new[] { "cache", "cache_expiry", "cache_size" })
        {
            if (parameters.IsSet(ignored))
            {
                request.Tables.Warn($"{request.Name} ignoring {ignored}");
            }
        }

        // result_filter: its name before Postfix 2.2.
        var answers = AnswerRules.Load(parameters, request, parameters.Get("result_filter", "%s"));
        return new LdapSearchSettings
        {
            Base = KeyExpansion.Parse("search_base", parameters.Get("search_base", "")),
            Filter = KeyExpansion.Parse("query_filter", parameters.Get("query_filter", "(mailacceptinggeneralid=%s)")),
            Scope = parameters.Get("scope", "sub").ToLowerInvariant() switch
            {
                "one" => LdapScope.One,
                "base" => LdapScope.Base,
                "sub" => LdapScope.Sub,
                var other => UnknownScope(other, request),
            },
            Attributes = new LdapAttributes(parameters),
            Answers = answers,
            SizeLimit = parameters.GetInteger("size_limit", answers.ExpansionLimit, 0),
            RecursionLimit = parameters.GetInteger("recursion_limit", 1000, 1),
        };
    }

    private static LdapScope UnknownScope(string scope, TableRequest request)
    {
        request.Tables.Warn($"dict_ldap_open: {request.Source}: Unrecognized value {scope} specified for scope; using sub");
        return LdapScope.Sub;
    }
}
