using Estafeta.Tables.Text;
using Estafeta.Tables.Writing;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// An LMDB file that this process writes to, one change at a time or, under load, many in one transaction. Readers in other processes and Postfix's
/// tools see each transaction whole. <c>lmdb:</c>, and <c>hash:</c> and <c>btree:</c>, whose caches are kept in <c>.lmdb</c> files from now on.
/// </summary>
internal sealed class CacheTable : LookupTable, IUpdatableTable
{
    private readonly IndexedTable _reader;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _lock = new();
    private List<Change> _waiting = [];

    private CacheTable(TableRequest request, IndexedTable reader)
        : base(request) => _reader = reader;

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
        }
        catch (IOException e)
        {
            throw new TableUnavailableException($"open database {path}: {e.Message}");
        }

        return new CacheTable(request, (IndexedTable)IndexedTable.Open(request, IndexedTypes.Lmdb(request.Source)));
    }

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => _reader.ListAsync(cancellationToken);

    public ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken) =>
        ChangeAsync(new Change(FoldKey(key), value), cancellationToken);

    public ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken) =>
        ChangeAsync(new Change(FoldKey(key), null), cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
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
        var options = new TableWriterOptions
        {
            IsIncremental = true,
            Duplicates = DuplicateRule.Replace,
            LmdbMapSize = Request.Tables.Parameters.Get(Configuration.Catalogue.Parameters.LmdbMapSize),
        };
        try
        {
            using var writer = TableWriterTypes.Open("lmdb", Request.Source, options);
            foreach (var change in batch)
            {
                if (change.Value == null)
                {
                    _ = writer.Delete(RawText.Encode(change.Key));
                }
                else
                {
                    _ = writer.Add(RawText.Encode(change.Key), RawText.Encode(change.Value));
                }
            }

            writer.Commit();
            batch.ForEach(static change => change.IsDone = true);
        }
        catch (Exception e) when (e is IOException or TableUnavailableException or UnauthorizedAccessException)
        {
            Request.Tables.Warn($"{Name}: update error: {e.Message}");
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
