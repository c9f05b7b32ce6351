namespace Estafeta.Tables.Files;

/// <summary>
/// Something read whole from a file (rules, texthash) and read again when the file changes. Postfix's processes are short-lived and so notice
/// an edited text table without a reload; this is how a long-lived one does. Looks at the file at most once a second. A file that is gone,
/// unreadable or outside the chroot jail leaves what was read before in force.
/// </summary>
internal sealed class ReloadingSource<T>
    where T : class
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly Func<byte[], T> _parse;
    private readonly TimeProvider _time;
    private readonly bool _isFixed;
    private readonly Lock _lock = new();
    private FileStamp _stamp;
    private long _lookedAt;
    private volatile T _current;

    public ReloadingSource(string path, TableRequest request, Func<byte[], T> parse, string openWords = "open ")
    {
        _path = path;
        _parse = parse;
        _time = request.Tables.Time;
        _isFixed = request.Has(TableFlags.Snapshot);
        _ = FileStamp.TryRead(path, out _stamp);
        _current = parse(TableFile.ReadAll(path, openWords));
        _lookedAt = _time.GetTimestamp();
    }

    /// <summary>A source that never changes: text written in the configuration itself.</summary>
    public ReloadingSource(T current)
    {
        _path = "";
        _parse = null!; // never called: IsFixed
        _time = TimeProvider.System;
        _isFixed = true;
        _current = current;
    }

    public T Current
    {
        get
        {
            if (!_isFixed && _time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= Interval)
            {
                Look();
            }

            return _current;
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            Volatile.Write(ref _lookedAt, _time.GetTimestamp());
            if (!FileStamp.TryRead(_path, out var stamp) || stamp == _stamp)
            {
                return;
            }

            try
            {
                _current = _parse(TableFile.ReadAll(_path));
                _stamp = stamp;
            }
            catch (TableUnavailableException)
            {
                // Being replaced or no longer readable: the stamp stays old, so the next look tries again.
            }
        }
    }
}
