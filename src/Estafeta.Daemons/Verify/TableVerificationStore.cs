using System.Runtime.CompilerServices;
using Estafeta.Tables;

namespace Estafeta.Daemons.Verify;

/// <summary>The table of address_verify_map.</summary>
internal sealed class TableVerificationStore(IUpdatableTable table) : IVerificationStore
{
    // Postfix notes here when it last cleaned the cache.
    private const string Bookkeeping = "_LAST_CACHE_CLEANUP_COMPLETED_";

    public string Name => table.Name;

    public async ValueTask<VerificationEntry?> FindAsync(string address, CancellationToken cancellationToken)
    {
        var result = await table.LookupAsync(address, cancellationToken);
        return result.IsTrouble ? throw Trouble()
            : result.Value is { } stored ? VerificationEntry.Parse(stored)
            : null;
    }

    public async ValueTask PutAsync(string address, VerificationEntry entry, CancellationToken cancellationToken)
    {
        if (!await table.UpdateAsync(address, entry.ToString(), cancellationToken))
        {
            throw Trouble();
        }
    }

    public async ValueTask RemoveAsync(string address, CancellationToken cancellationToken)
    {
        if (!await table.DeleteAsync(address, cancellationToken))
        {
            throw Trouble();
        }
    }

    public async IAsyncEnumerable<KeyValuePair<string, VerificationEntry?>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (address, stored) in table.ListAsync(cancellationToken))
        {
            if (!address.Equals(Bookkeeping, StringComparison.OrdinalIgnoreCase))
            {
                yield return KeyValuePair.Create(address, VerificationEntry.Parse(stored));
            }
        }
    }

    private IOException Trouble() => new($"{table.Name}: the cache cannot be used");
}
