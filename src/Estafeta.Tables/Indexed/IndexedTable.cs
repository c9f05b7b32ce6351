using System.Buffers;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Indexed;

/// <summary>A file a table may be kept in.</summary>
/// <param name="Path">With its suffix.</param>
/// <param name="Open">Opens it for reading.</param>
internal sealed record IndexedFileCandidate(string Path, Func<string, FileStamp, IndexedFile> Open);

/// <summary>
/// A table in an indexed file that postmap makes: lmdb, cdb, hash, btree. Of several candidate files the newest is read. A file that is replaced or
/// changed is noticed at the next look-up. Files whose writers put a NUL after keys and values and files whose writers do not are both understood.
/// </summary>
internal sealed class IndexedTable : LookupTable, IListableTable
{
    private const int KeyOnStack = 256;

    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    private readonly IndexedFileCandidate[] _candidates;
    private readonly Lock _lock = new();
    private IndexedFile _file;
    private bool _triesNul = true;
    private bool _triesBare = true;

    private IndexedTable(TableRequest request, IndexedFileCandidate[] candidates)
        : base(request)
    {
        _candidates = candidates;
        _file = OpenNewest();
        WarnWhenStale();
    }

    /// <exception cref="TableUnavailableException">No candidate exists, or the newest cannot be read.</exception>
    public static ILookupTable Open(TableRequest request, params IndexedFileCandidate[] candidates) => new IndexedTable(request, candidates);

    public override ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _file.Dispose();
        }

        return base.DisposeAsync();
    }

    /// <summary>A snapshot: writers wait while it is taken.</summary>
    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => ReadAll()
        .Select(static entry => new KeyValuePair<string, string>(RawText.Decode(UpToNul(entry.Key)), RawText.Decode(UpToNul(entry.Value))))
        .ToAsyncEnumerable();

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        TryFind(key, out var result) ? new ValueTask<LookupResult>(result) : WaitAndFindAsync(key, cancellationToken);

    private List<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        lock (_lock)
        {
            ReopenWhenChanged();
            _file.Lock();
            try
            {
                return [.. _file.ReadAll()];
            }
            finally
            {
                _file.Unlock();
            }
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
                return Trouble($"unable to get shared lock on {_file.Path}: a writer holds it");
            }

            await Task.Delay(LockPause, Request.Tables.Time, cancellationToken);
        }

        return result;
    }

    private bool TryFind(string key, out LookupResult result)
    {
        var size = RawText.MaximumLength(key) + 1;
        var rented = size > KeyOnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var buffer = rented ?? stackalloc byte[KeyOnStack];
        var length = RawText.Encode(key, buffer);
        buffer[length] = 0;
        try
        {
            lock (_lock)
            {
                return TryFindLocked(key, buffer[..(length + 1)], out result);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or TableUnavailableException)
        {
            result = Trouble($"lookup error for \"{key}\": {e.Message}");
            return true;
        }
        finally
        {
            if (rented != null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private bool TryFindLocked(string key, ReadOnlySpan<byte> terminated, out LookupResult result)
    {
        result = LookupResult.NotFound;
        if (!Request.Has(TableFlags.Snapshot))
        {
            ReopenWhenChanged();
        }

        if (!_file.TryLock())
        {
            return false;
        }

        try
        {
            if (_triesNul && _file.TryGet(terminated, out var value))
            {
                _triesBare = false;
                result = Answer(key, UpToNul(value));
            }
            else if (_triesBare && _file.TryGet(terminated[..^1], out value))
            {
                _triesNul = false;
                result = Answer(key, UpToNul(value));
            }
        }
        finally
        {
            _file.Unlock();
        }

        return true;
    }

    private void ReopenWhenChanged()
    {
        var newest = Newest(out var stamp);
        // Gone, or out of reach in a chroot jail: what is open stays good.
        if (newest == null || (stamp == _file.Stamp && newest.Path == _file.Path))
        {
            return;
        }

        if (_file.SurvivesChange && newest.Path == _file.Path && (stamp.Device, stamp.Inode) == (_file.Stamp.Device, _file.Stamp.Inode))
        {
            return;
        }

        var reopened = newest.Open(newest.Path, stamp);
        _file.Dispose();
        _file = reopened;
        (_triesNul, _triesBare) = (true, true);
    }

    private IndexedFile OpenNewest()
    {
        var newest = Newest(out var stamp) ?? throw new TableUnavailableException($"open database {_candidates[0].Path}: No such file or directory");
        try
        {
            return newest.Open(newest.Path, stamp);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new TableUnavailableException($"open database {newest.Path}: {TableFile.Reason(e)}");
        }
    }

    private IndexedFileCandidate? Newest(out FileStamp stamp)
    {
        IndexedFileCandidate? newest = null;
        stamp = default;
        foreach (var candidate in _candidates)
        {
            if (FileStamp.TryRead(candidate.Path, out var its) && (newest == null || its.IsNewerThan(stamp)))
            {
                newest = candidate;
                stamp = its;
            }
        }

        return newest;
    }

    private void WarnWhenStale()
    {
        if (FileStamp.TryRead(Request.Source, out var source) && source.ModifiedSeconds > _file.Stamp.ModifiedSeconds)
        {
            Request.Tables.Warn($"database {_file.Path} is older than source file {Request.Source}");
        }
    }

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> value)
    {
        var nul = value.IndexOf((byte)0);
        return nul < 0 ? value : value[..nul];
    }
}
