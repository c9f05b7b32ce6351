namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>Tables first, and for users that are not in them somebody who only checks passwords (PAM, an LDAP bind, saslauthd).</summary>
public sealed class ChainedCredentials(ICredentialSource first, ICredentialSource second) : ICredentialSource
{
    public async ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) =>
        (await first.FindServedAsync(cancellationToken)).And(await second.FindServedAsync(cancellationToken));

    public async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken) =>
        await first.FindAsync(user, cancellationToken) != null
            ? await first.CheckAsync(user, password, cancellationToken)
            : await second.CheckAsync(user, password, cancellationToken);

    public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) => first.FindAsync(user, cancellationToken);
}
