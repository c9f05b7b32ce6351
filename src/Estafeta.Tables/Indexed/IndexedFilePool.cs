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
    // A monitor, because it can be waited on.
    private readonly object _lock = new();
    private const int MostWaits = 30;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Stack<IndexedFile> _idle = new();
    private FileStamp _stamp;
    private bool _isDisposed;
    private int _lent;

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
            _lent++;
            _idle.TryPop(out file);
        }

        try
        {
            return file != null && IsSnapshot ? file : Choose(file);
        }
        catch
        {
            lock (_lock)
            {
                _lent--;
            }

            throw;
        }
    }

    public void Return(IndexedFile file)
    {
        lock (_lock)
        {
            _lent--;
            if (!_isDisposed)
            {
                _idle.Push(file);
                Monitor.Pulse(_lock);
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

    private IndexedFile Choose(IndexedFile? idle)
    {
        var newest = Newest(candidates, out var stamp);
        if (idle != null)
        {
            // Gone, or out of reach in a chroot jail: what is open stays good.
            if (newest == null || IsCurrent(idle, newest, stamp))
            {
                return idle;
            }

            idle.Dispose();
        }

        return newest != null ? Open(newest, stamp)
            : WaitForIdle() ?? throw new TableUnavailableException($"open database {candidates[0].Path}: No such file or directory");
    }

    // Out of reach, all that is open is lent: a look-up takes no time.
    private IndexedFile? WaitForIdle()
    {
        lock (_lock)
        {
            IndexedFile? file;
            for (var i = 0; !_idle.TryPop(out file) && _lent > 1 && !_isDisposed && i < MostWaits; i++)
            {
                Monitor.Wait(_lock, LongestWait);
            }

            return file;
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
