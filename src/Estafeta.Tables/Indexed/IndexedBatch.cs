namespace Estafeta.Tables.Indexed;

/// <summary>An indexed table with one file of its own, locked by its first look-up and until disposed.</summary>
internal sealed class IndexedBatch(IndexedTable table, IndexedFilePool files) : ILookupTable
{
    private readonly IndexedFile _file = files.Rent();
    private bool _isLocked;

    public string Name => table.Name;

    public bool HasFixedKeys => true;

    public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        if (!_isLocked)
        {
            _file.Lock();
            _isLocked = true;
        }

        return new ValueTask<LookupResult>(table.FindIn(_file, key));
    }

    public ValueTask DisposeAsync()
    {
        if (_isLocked)
        {
            _file.Unlock();
        }

        files.Return(_file);
        return default;
    }
}
