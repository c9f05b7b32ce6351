using Estafeta.Tables.Lmdb;
using Estafeta.Tables.Text;
using Estafeta.Tables.Writing;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// An LMDB file that this process writes to, one change at a time or, under load, many in one transaction. Readers in other processes and Postfix's
/// tools see each transaction whole. It stays open, so that the process may go into a chroot jail. <c>lmdb:</c>, and <c>hash:</c> and <c>btree:</c>, whose
/// caches are kept in <c>.lmdb</c> files from now on.
/// </summary>
internal sealed class CacheTable : LookupTable, IUpdatableTable
{
    private readonly IndexedTable _reader;
    private readonly LmdbCacheFile _writer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _lock = new();
    private List<Change> _waiting = [];

    private CacheTable(TableRequest request, IndexedTable reader, LmdbCacheFile writer)
        : base(request)
    {
        _reader = reader;
        _writer = writer;
    }

    /// <exception cref="TableUnavailableException">The file cannot be made or opened.</exception>
    public static ILookupTable Open(TableRequest request)
    {
        var path = request.Source + IndexedTypes.LmdbSuffix;
        try
        {
            if (!File.Exists(path))
            {
                using var writer = TableWriterTypes.Open("lmdb", request.Source, new TableWriterOptions { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
                writer.Commit();
            }

            var reader = (IndexedTable)IndexedTable.Open(request, IndexedTypes.Lmdb(request.Source));
            var mapSize = request.Tables.Parameters.Get(Configuration.Catalogue.Parameters.LmdbMapSize);
            return new CacheTable(request, reader, new LmdbCacheFile(path, mapSize));
        }
        catch (IOException e)
        {
            throw new TableUnavailableException($"open database {path}: {e.Message}");
        }
    }

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => _reader.ListAsync(cancellationToken);

    public ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken) =>
        ChangeAsync(new Change(FoldKey(key), value), cancellationToken);

    public ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken) =>
        ChangeAsync(new Change(FoldKey(key), null), cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        _writer.Dispose();
        _writing.Dispose();
        await base.DisposeAsync();
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) => _reader.LookupAsync(key, cancellationToken);

    private async ValueTask<bool> ChangeAsync(Change change, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _waiting.Add(change);
        }

        // Whoever comes to write takes along all that wait; the others find their change done.
        await _writing.WaitAsync(cancellationToken);
        try
        {
            List<Change> batch;
            lock (_lock)
            {
                batch = _waiting;
                _waiting = [];
            }

            if (batch.Count > 0)
            {
                await Task.Run(() => Write(batch), CancellationToken.None);
            }
        }
        finally
        {
            _writing.Release();
        }

        return change.IsDone;
    }

    private void Write(List<Change> batch)
    {
        var changes = new List<(byte[] Key, byte[]? Value)>(batch.Count);
        foreach (var change in batch)
        {
            AddTo(changes, change);
        }

        try
        {
            _writer.Write(changes);
            batch.ForEach(static change => change.IsDone = true);
        }
        catch (Exception e) when (e is IOException or TableUnavailableException or UnauthorizedAccessException)
        {
            Request.Tables.Warn($"{Name}: update error: {e.Message}");
        }
    }

    // Keys and values are written with a NUL, as Postfix does; entries without one are somebody else's, but go too.
    private static void AddTo(List<(byte[] Key, byte[]? Value)> changes, Change change)
    {
        byte[] key = [.. RawText.Encode(change.Key), 0];
        changes.Add((key, change.Value == null ? null : [.. RawText.Encode(change.Value), 0]));
        if (change.Value == null)
        {
            changes.Add((key[..^1], null));
        }
    }

    private sealed class Change(string key, string? value)
    {
        public string Key => key;

        /// <summary>Null deletes.</summary>
        public string? Value => value;

        public bool IsDone { get; set; }
    }
}
