using System.Collections.Concurrent;

namespace Estafeta.Tables.Internal;

/// <summary><c>internal:name</c>: a table in the memory of its process, empty at first. A cache that nobody else sees and that ends with the process.</summary>
internal sealed class MemoryTable : LookupTable, IUpdatableTable
{
    private readonly ConcurrentDictionary<string, string> _entries = new(StringComparer.Ordinal);

    private MemoryTable(TableRequest request)
        : base(request)
    {
    }

    public static ILookupTable Open(TableRequest request) => new MemoryTable(request);

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => _entries.ToAsyncEnumerable();

    public ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken)
    {
        _entries[FoldKey(key)] = value;
        return new ValueTask<bool>(true);
    }

    public ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken)
    {
        _entries.TryRemove(FoldKey(key), out _);
        return new ValueTask<bool>(true);
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(_entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.NotFound);
}
