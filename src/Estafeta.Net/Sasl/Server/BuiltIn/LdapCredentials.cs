using Estafeta.Tables;
using Estafeta.Tables.Ldap;

namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>Passwords checked by a directory, by binding as the user: OpenLDAP, Active Directory.</summary>
public sealed class LdapCredentials(TableRequest request) : ICredentialSource, IAsyncDisposable
{
    private readonly LdapPasswordCheck _directory = LdapPasswordCheck.Open(request);

    public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ServedMechanisms.Nobody);

    public ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken) =>
        _directory.CheckAsync(user, password, cancellationToken);

    public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) => ValueTask.FromResult<StoredPassword?>(null);

    public ValueTask DisposeAsync() => _directory.DisposeAsync();
}
