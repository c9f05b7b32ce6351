namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>Where users and passwords are: a lookup table, or saslauthd. Trouble is an <see cref="IOException"/>.</summary>
public interface ICredentialSource
{
    /// <summary>Whom challenge-response mechanisms serve: nobody where passwords can only be checked.</summary>
    ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken);

    /// <summary>Whether the password is the user's. Takes as long for an unknown user.</summary>
    ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken);

    /// <summary>The stored form, <c>{SCHEME}value</c>; null for an unknown user.</summary>
    ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken);
}
