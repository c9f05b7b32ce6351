namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>
/// The system's own way to check a password: <c>pam:SERVICE</c>, by the rules in /etc/pam.d/SERVICE. The process runs as mail_owner, so modules that read
/// /etc/shadow do not work (saslauthd is for those); sssd, LDAP, Kerberos and userdb do.
/// </summary>
public sealed class PamCredentials(string service) : ICredentialSource, IDisposable
{
    // PAM blocks, often for seconds after a wrong password: on threads of its own, as sessions run on those of the pool.
    private const int AtOnce = 8;

    private readonly SemaphoreSlim _places = new(AtOnce);

    public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ServedMechanisms.Nobody);

    public async ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Factory.StartNew(
                () => PamConversation.Authenticate(service, user, password), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _places.Release();
        }
    }

    public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) => ValueTask.FromResult<StoredPassword?>(null);

    public void Dispose() => _places.Dispose();
}
