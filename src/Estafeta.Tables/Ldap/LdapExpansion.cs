using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

/// <summary>
/// Turns the entries of a search into the values of one key, following names and URLs in special attributes to further entries: groups to their
/// members. Bounded by recursion_limit in depth and expansion_limit in values.
/// </summary>
internal sealed class LdapExpansion(
    TableRequest request, LdapSearchSettings settings, Func<LdapQuery, CancellationToken, ValueTask<LdapReply>> search, string key)
{
    public ResultValues Values { get; } = settings.Answers.Collect(request, key);

    /// <returns>Null, or why the look-up has to fail.</returns>
    public ValueTask<string?> RunAsync(LdapQuery query, CancellationToken cancellationToken) => RunAsync(query, 0, cancellationToken);

    private async ValueTask<string?> RunAsync(LdapQuery query, int depth, CancellationToken cancellationToken)
    {
        if (depth > settings.RecursionLimit)
        {
            return $"recursion limit exceeded: key={key}";
        }

        var reply = await search(query, cancellationToken);
        if (reply.Error != null)
        {
            return reply.Error;
        }

        // A base made of the key, or named by an entry, may be missing; one that the administrator wrote may not.
        if (reply.HasNoBase && depth == 0 && settings.Base.IsConstant)
        {
            return $"Search base '{query.Base}' not found: 32: No such object";
        }

        foreach (var entry in reply.Entries)
        {
            if (await AddAsync(entry, depth, cancellationToken) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private async ValueTask<string?> AddAsync(LdapEntry entry, int depth, CancellationToken cancellationToken)
    {
        var isTerminal = Has(entry, LdapAttributeKind.Terminal);
        var isLeaf = !Has(entry, LdapAttributeKind.Special);
        foreach (var (name, values) in entry.Attributes)
        {
            if (!settings.Attributes.TryGetKind(name, out var kind) || (kind == LdapAttributeKind.Terminal) != isTerminal
                || (kind == LdapAttributeKind.Leaf && !isLeaf))
            {
                continue;
            }

            foreach (var value in values)
            {
                var problem = kind == LdapAttributeKind.Special
                    ? await FollowAsync(value, depth, cancellationToken)
                    : Values.TryAdd(value, out var refused) ? null : refused;
                if (problem != null)
                {
                    return problem;
                }
            }
        }

        return null;
    }

    private ValueTask<string?> FollowAsync(string reference, int depth, CancellationToken cancellationToken)
    {
        var query = LdapUrl.TryParse(reference, out var url)
            ? new LdapQuery(url.Base, url.Scope, url.Filter, settings.Attributes.Select(url.Attributes), settings.SizeLimit)
            : new LdapQuery(reference, LdapScope.Base, "(objectClass=*)", settings.Attributes.Names, settings.SizeLimit);

        // A URL that selects nothing the table wants has no results; asking for no attributes would give all.
        return query.Attributes.Count == 0 ? new ValueTask<string?>((string?)null) : RunAsync(query, depth + 1, cancellationToken);
    }

    private bool Has(LdapEntry entry, LdapAttributeKind kind)
    {
        foreach (var (name, values) in entry.Attributes)
        {
            if (values.Count > 0 && settings.Attributes.TryGetKind(name, out var its) && its == kind)
            {
                return true;
            }
        }

        return false;
    }
}
