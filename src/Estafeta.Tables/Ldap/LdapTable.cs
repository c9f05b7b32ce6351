using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

/// <summary>
/// <c>ldap:/file</c>, ldap_table(5): a search in a directory, through OpenLDAP's library. A thousand look-ups at once hold no thread each and share a few
/// connections.
/// </summary>
internal sealed class LdapTable : LookupTable
{
    private readonly LdapSearchSettings _search;
    private readonly LdapReactor[] _reactors;

    private LdapTable(TableRequest request, LdapSearchSettings search, LdapSettings settings)
        : base(request)
    {
        _search = search;
        _reactors = new LdapReactor[settings.Connections];
        for (var i = 0; i < _reactors.Length; i++)
        {
            _reactors[i] = new LdapReactor(settings, request.Tables.Time, text => request.Tables.Warn($"dict_ldap_connect: {text}"));
        }
    }

    public static ILookupTable Open(TableRequest request)
    {
        LdapLibrary.Require(request);
        var parameters = TableParameters.Load(request);
        return new LdapTable(request, LdapSearchSettings.Load(parameters, request), LdapSettings.Load(parameters, request));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var reactor in _reactors)
        {
            await reactor.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (await _search.Answers.AdmitAsync(key, cancellationToken) is { IsFound: false } refused)
        {
            return refused;
        }

        var searchBase = _search.Base.Expand(key, LdapText.QuoteName);
        var filter = _search.Filter.Expand(key, LdapText.QuoteFilter);
        if (searchBase == null || filter == null)
        {
            return LookupResult.NotFound;
        }

        var expansion = new LdapExpansion(Request, _search, SearchAsync, key);
        var query = new LdapQuery(searchBase, _search.Scope, filter, _search.Attributes.Names, _search.SizeLimit);
        return await expansion.RunAsync(query, cancellationToken) is { } problem ? Trouble(problem) : expansion.Values.ToResult();
    }

    private ValueTask<LdapReply> SearchAsync(LdapQuery query, CancellationToken cancellationToken)
    {
        // The first that is idle, so that a quiet system keeps one connection; else the one with the least to do.
        var best = _reactors[0];
        foreach (var reactor in _reactors)
        {
            if (reactor.Load == 0)
            {
                return reactor.SearchAsync(query, cancellationToken);
            }

            best = reactor.Load < best.Load ? reactor : best;
        }

        return best.SearchAsync(query, cancellationToken);
    }
}
