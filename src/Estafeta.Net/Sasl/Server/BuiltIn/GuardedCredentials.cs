namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>Passwords of somebody whose login failed too often lately are not tried: from however many addresses the guesses come.</summary>
public sealed class GuardedCredentials(ICredentialSource inner, FailedLogins failures) : ICredentialSource, IAsyncDisposable
{
    public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => inner.FindServedAsync(cancellationToken);

    public ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken)
    {
        Guard(user);
        return inner.CheckAsync(user, password, cancellationToken);
    }

    public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken)
    {
        Guard(user);
        return inner.FindAsync(user, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (inner is IAsyncDisposable source)
        {
            await source.DisposeAsync();
        }

        (inner as IDisposable)?.Dispose();
    }

    private void Guard(string user)
    {
        if (failures.IsLocked(user))
        {
            throw new IOException($"too many failed logins of {user}: estafeta_sasl_login_failure_limit");
        }
    }
}
