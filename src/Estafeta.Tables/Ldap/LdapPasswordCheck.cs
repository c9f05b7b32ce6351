using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

/// <summary>
/// Whether a directory takes a user's password: by binding as the user. The settings are ldap_table(5)'s for server and search, and
/// <c>user_dn</c>, the name to bind with made from the login (<c>uid=%u,ou=people,dc=example,dc=com</c>, or <c>%s</c> for Active Directory, which
/// takes <c>user@domain</c>). Without user_dn the name is that of the one entry query_filter finds.
/// </summary>
public sealed class LdapPasswordCheck : IAsyncDisposable
{
    // libldap blocks in a bind: as many threads as connections, no more.
    private readonly SemaphoreSlim _places;
    private readonly LdapSettings _settings;
    private readonly LdapSearchSettings _search;
    private readonly LdapReactor _reactor;
    private readonly KeyExpansion? _userName;
    private readonly string _source;

    private LdapPasswordCheck(TableRequest request, TableParameters parameters)
    {
        _source = request.Name;
        _settings = LdapSettings.Load(parameters, request);
        _search = LdapSearchSettings.Load(parameters, request);
        _userName = parameters.Find("user_dn") is { } name ? KeyExpansion.Parse("user_dn", name) : null;
        _reactor = new LdapReactor(_settings, request.Tables.Time, text => request.Tables.Warn($"{_source}: {text}"));
        _places = new SemaphoreSlim(_settings.Connections);
    }

    /// <exception cref="TableUnavailableException">libldap is missing, or a setting is wrong.</exception>
    public static LdapPasswordCheck Open(TableRequest request)
    {
        LdapLibrary.Require(request);
        return new LdapPasswordCheck(request, TableParameters.Load(request));
    }

    /// <exception cref="IOException">The directory cannot tell.</exception>
    public async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        // RFC 4513 §5.1.2: a bind without password succeeds as nobody.
        if (password.Length == 0 || user.Contains('\0') || password.Contains('\0')
            || await FindNameAsync(user, cancellationToken) is not { Length: > 0 } name)
        {
            return false;
        }

        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Binds(name, password), cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reactor.DisposeAsync();
        _places.Dispose();
    }

    private bool Binds(string name, string password)
    {
        try
        {
            using var connection = new LdapConnection(_settings with { Bind = LdapBind.Simple, BindName = name, BindPassword = password });
            return true;
        }
        catch (LdapConnectionException e) when (e.IsRefusal)
        {
            return false;
        }
    }

    private async ValueTask<string?> FindNameAsync(string user, CancellationToken cancellationToken)
    {
        if (_userName != null)
        {
            // A login with a domain is a name of its own kind (Active Directory): nothing in it is a separator.
            return _userName.Expand(user, user.Contains('@') && _userName.Expand(user, static t => t) == user ? static t => t : LdapText.QuoteName);
        }

        var searchBase = _search.Base.Expand(user, LdapText.QuoteName);
        var filter = _search.Filter.Expand(user, LdapText.QuoteFilter);
        if (searchBase == null || filter == null)
        {
            return null;
        }

        var reply = await _reactor.SearchAsync(new LdapQuery(searchBase, _search.Scope, filter, ["1.1"], 2), cancellationToken);
        if (reply.Error != null)
        {
            throw new IOException($"{_source}: {reply.Error}");
        }

        // Two entries of one login: whose password would count is anybody's guess.
        return reply.Entries.Count == 1 ? reply.Entries[0].Name : null;
    }
}
