using Estafeta.Tables.Files;

namespace Estafeta.Tables.Indexed;

/// <summary>A file a table may be kept in.</summary>
/// <param name="Path">With its suffix.</param>
/// <param name="Open">Opens it for reading.</param>
internal sealed record IndexedFileCandidate(string Path, Func<string, FileStamp, IndexedFile> Open);

/// <summary>
/// Open files of one table, lent to one look-up each. Looks at each loan whether the newest candidate is still what is open. Thread-safe.
/// </summary>
/// <param name="candidates">The newest that exists is the table.</param>
/// <param name="onChange">Called when another file, or another content, is opened.</param>
internal sealed class IndexedFilePool(IndexedFileCandidate[] candidates, Action onChange) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<IndexedFile> _idle = new();
    private FileStamp _stamp;
    private bool _isDisposed;

    /// <summary>Never look for changes.</summary>
    public bool IsSnapshot { get; init; }

    /// <summary>The candidate that was written last; null when none is there.</summary>
    public static IndexedFileCandidate? Newest(IndexedFileCandidate[] candidates, out FileStamp stamp)
    {
        IndexedFileCandidate? newest = null;
        stamp = default;
        foreach (var candidate in candidates)
        {
            if (FileStamp.TryRead(candidate.Path, out var its) && (newest == null || its.IsNewerThan(stamp)))
            {
                newest = candidate;
                stamp = its;
            }
        }

        return newest;
    }

    /// <exception cref="TableUnavailableException">No candidate exists, or the newest cannot be read.</exception>
    public IndexedFile Rent()
    {
        IndexedFile? file;
        lock (_lock)
        {
            _idle.TryPop(out file);
        }

        if (file != null && IsSnapshot)
        {
            return file;
        }

        var newest = Newest(candidates, out var stamp);
        if (file != null)
        {
            // Gone, or out of reach in a chroot jail: what is open stays good.
            if (newest == null || IsCurrent(file, newest, stamp))
            {
                return file;
            }

            file.Dispose();
        }

        return Open(newest ?? throw new TableUnavailableException($"open database {candidates[0].Path}: No such file or directory"), stamp);
    }

    public void Return(IndexedFile file)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _idle.Push(file);
                return;
            }
        }

        file.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var file))
            {
                file.Dispose();
            }
        }
    }

    private IndexedFile Open(IndexedFileCandidate candidate, FileStamp stamp)
    {
        try
        {
            var file = candidate.Open(candidate.Path, stamp);
            lock (_lock)
            {
                if (stamp != _stamp)
                {
                    _stamp = stamp;
                    onChange();
                }
            }

            return file;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new TableUnavailableException($"open database {candidate.Path}: {TableFile.Reason(e)}");
        }
    }

    private static bool IsCurrent(IndexedFile file, IndexedFileCandidate newest, FileStamp stamp) => file.Path == newest.Path
        && (stamp == file.Stamp || ((stamp.Device, stamp.Inode) == (file.Stamp.Device, file.Stamp.Inode) && file.SurvivesChange(stamp)));
}
