namespace Estafeta.Daemons.Verify;

/// <summary>Where the cache is: the table of address_verify_map, or memory. Trouble is an <see cref="IOException"/>.</summary>
internal interface IVerificationStore
{
    /// <summary>As log lines name it.</summary>
    string Name { get; }

    ValueTask<VerificationEntry?> FindAsync(string address, CancellationToken cancellationToken);

    ValueTask PutAsync(string address, VerificationEntry entry, CancellationToken cancellationToken);

    ValueTask RemoveAsync(string address, CancellationToken cancellationToken);

    /// <summary>All entries; null for what is none.</summary>
    IAsyncEnumerable<KeyValuePair<string, VerificationEntry?>> ListAsync(CancellationToken cancellationToken);
}
