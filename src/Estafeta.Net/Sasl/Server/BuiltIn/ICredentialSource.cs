namespace Estafeta.Net.Sasl.Server.BuiltIn;

[Flags]
public enum CredentialKinds
{
    /// <summary>A password can be checked.</summary>
    Checkable = 1,

    /// <summary>The stored form can be read: challenge-response mechanisms work with plaintext or SCRAM verifiers.</summary>
    Readable = 2,
}

/// <summary>Where users and passwords are: a lookup table, or saslauthd. Trouble is an <see cref="IOException"/>.</summary>
public interface ICredentialSource
{
    CredentialKinds Kinds { get; }

    /// <summary>Whether the password is the user's. Takes as long for an unknown user.</summary>
    ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken);

    /// <summary>The stored form, <c>{SCHEME}value</c>; null for an unknown user.</summary>
    ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken);
}
