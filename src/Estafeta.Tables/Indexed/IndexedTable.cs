using System.Buffers;
using System.Text.Unicode;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// A table in an indexed file that postmap makes: lmdb, cdb, hash, btree. Of several candidate files the newest is read. A file that is replaced or
/// changed is noticed at the next look-up. Files whose writers put a NUL after keys and values and files whose writers do not are both understood.
/// Each look-up has an open file to itself, so look-ups do not wait for each other.
/// </summary>
internal sealed class IndexedTable : LookupTable, IListableTable, IBatchedTable
{
    private const int KeyOnStack = 256;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    private readonly IndexedFilePool _files;
    private volatile bool _triesNul = true;
    private volatile bool _triesBare = true;

    private IndexedTable(TableRequest request, IndexedFileCandidate[] candidates)
        : base(request)
    {
        _files = new IndexedFilePool(candidates, ForgetForm) { IsSnapshot = request.Has(TableFlags.Snapshot) };
        var file = _files.Rent();
        _files.Return(file);
        if (FileStamp.TryRead(request.Source, out var source) && source.ModifiedSeconds > file.Stamp.ModifiedSeconds)
        {
            request.Tables.Warn($"database {file.Path} is older than source file {request.Source}");
        }
    }

    /// <exception cref="TableUnavailableException">No candidate exists, or the newest cannot be read.</exception>
    public static ILookupTable Open(TableRequest request, params IndexedFileCandidate[] candidates) => new IndexedTable(request, candidates);

    public override ValueTask DisposeAsync()
    {
        _files.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>A snapshot: writers wait while it is taken.</summary>
    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => ReadAll()
        .Select(static entry => new KeyValuePair<string, string>(RawText.Decode(UpToNul(entry.Key)), RawText.Decode(UpToNul(entry.Value))))
        .ToAsyncEnumerable();

    public ITableBatch OpenBatch() => new IndexedBatch(this, _files);

    /// <summary>Keys are stored and asked for in lower case.</summary>
    internal bool FoldsKeys => Request.Has(TableFlags.FoldKeys);

    /// <summary>The form of a key and its NUL that the file holds, as far as known.</summary>
    internal ReadOnlySpan<byte> LikelyForm(ReadOnlySpan<byte> terminated) => _triesBare ? terminated[..^1] : terminated;

    /// <summary>Any key as files hold it, without NUL; null when none can hold it.</summary>
    internal byte[]? Store(ReadOnlySpan<byte> key)
    {
        var text = RawText.Decode(key);
        return TryPrepare(ref text) ? RawText.Encode(text) : null;
    }

    /// <summary>A look-up in a file that the caller has locked; the value is good until the next.</summary>
    internal LookupOutcome FindStored(IndexedFile file, ReadOnlySpan<byte> terminated, out ReadOnlySpan<byte> value, out string? reason)
    {
        reason = null;
        try
        {
            if (!TryGet(file, terminated, out value))
            {
                return LookupOutcome.NotFound;
            }

            if (!Request.Has(TableFlags.Utf8) || Utf8.IsValid(value))
            {
                return LookupOutcome.Found;
            }

            reason = Answer(RawText.Decode(terminated[..^1]), value).Value;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            value = default;
            reason = Trouble($"lookup error for \"{RawText.Decode(terminated[..^1])}\": {e.Message}").Value;
        }

        return LookupOutcome.Trouble;
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        TryFind(key, out var result) ? new ValueTask<LookupResult>(result) : WaitAndFindAsync(key, cancellationToken);

    private List<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        try
        {
            return ReadAll(_files.Rent());
        }
        catch (Exception e) when (e is TableUnavailableException or InvalidDataException)
        {
            throw new IOException(e.Message, e);
        }
    }

    private List<KeyValuePair<byte[], byte[]>> ReadAll(IndexedFile file)
    {
        try
        {
            file.Lock();
            return [.. file.ReadAll()];
        }
        finally
        {
            file.Unlock();
            _files.Return(file);
        }
    }

    private async ValueTask<LookupResult> WaitAndFindAsync(string key, CancellationToken cancellationToken)
    {
        var started = Request.Tables.Time.GetTimestamp();
        LookupResult result;
        while (!TryFind(key, out result))
        {
            if (Request.Tables.Time.GetElapsedTime(started) > LockPatience)
            {
                return Trouble("unable to get shared lock: a writer holds it");
            }

            await Task.Delay(LockPause, Request.Tables.Time, cancellationToken);
        }

        return result;
    }

    // False: a writer is at work.
    private bool TryFind(string key, out LookupResult result)
    {
        IndexedFile file;
        try
        {
            file = _files.Rent();
        }
        catch (TableUnavailableException e)
        {
            result = Trouble(e.Message);
            return true;
        }

        try
        {
            return TryFindLocked(file, key, out result);
        }
        finally
        {
            _files.Return(file);
        }
    }

    private bool TryFindLocked(IndexedFile file, string key, out LookupResult result)
    {
        result = LookupResult.NotFound;
        var isLocked = false;
        try
        {
            isLocked = file.TryLock();
            if (isLocked)
            {
                result = Look(file, key);
            }

            return isLocked;
        }
        catch (IOException e)
        {
            result = Trouble(e.Message);
            return true;
        }
        finally
        {
            if (isLocked)
            {
                file.Unlock();
            }
        }
    }

    private LookupResult Look(IndexedFile file, string key)
    {
        var size = RawText.MaximumLength(key) + 1;
        var rented = size > KeyOnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var buffer = rented ?? stackalloc byte[KeyOnStack];
        var length = RawText.Encode(key, buffer);
        buffer[length] = 0;
        try
        {
            return TryGet(file, buffer[..(length + 1)], out var value) ? Answer(key, value) : LookupResult.NotFound;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Trouble($"lookup error for \"{key}\": {e.Message}");
        }
        finally
        {
            if (rented != null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private bool TryGet(IndexedFile file, ReadOnlySpan<byte> terminated, out ReadOnlySpan<byte> value)
    {
        if (_triesNul && file.TryGet(terminated, out value))
        {
            _triesBare = false;
        }
        else if (_triesBare && file.TryGet(terminated[..^1], out value))
        {
            _triesNul = false;
        }
        else
        {
            value = default;
            return false;
        }

        value = UpToNul(value);
        return true;
    }

    // Another file may be written the other way.
    private void ForgetForm() => (_triesNul, _triesBare) = (true, true);

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> value)
    {
        var nul = value.IndexOf((byte)0);
        return nul < 0 ? value : value[..nul];
    }
}
