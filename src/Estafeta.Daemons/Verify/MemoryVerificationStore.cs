using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Estafeta.Daemons.Verify;

/// <summary>For an empty address_verify_map: what is known is lost with the process.</summary>
internal sealed class MemoryVerificationStore : IVerificationStore
{
    private readonly ConcurrentDictionary<string, VerificationEntry> _entries = new(StringComparer.Ordinal);

    public string Name => "internal:verify";

    public ValueTask<VerificationEntry?> FindAsync(string address, CancellationToken cancellationToken) => new(_entries.GetValueOrDefault(address));

    public ValueTask PutAsync(string address, VerificationEntry entry, CancellationToken cancellationToken)
    {
        _entries[address] = entry;
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(string address, CancellationToken cancellationToken)
    {
        _entries.TryRemove(address, out _);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<KeyValuePair<string, VerificationEntry?>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (address, entry) in _entries)
        {
            yield return KeyValuePair.Create<string, VerificationEntry?>(address, entry);
        }
    }
}
