using Estafeta.Tables.Files;
using Estafeta.Unix.Locks;

namespace Estafeta.Tables.Lmdb;

/// <summary>
/// An LMDB file that stays open for writing, so that a daemon that has gone into a chroot jail can still write to its cache. Each batch of
/// changes is a transaction under the exclusive lock that Postfix's readers and writers respect; several processes may write in turn. A file
/// that was replaced is opened anew, where its path can still be seen. Not thread-safe.
/// </summary>
internal sealed class LmdbCacheFile : IDisposable
{
    private const int LargerFactor = 2;

    private readonly string _path;
    private readonly long _leastMapSize;
    private FileStream _file;
    private FileStamp _stamp;
    private LmdbWriteEnvironment _environment;
    private long _mapSize;

    /// <exception cref="TableUnavailableException">The file cannot be opened.</exception>
    /// <exception cref="IOException">It is no LMDB file.</exception>
    public LmdbCacheFile(string path, long leastMapSize)
    {
        _path = path;
        _leastMapSize = leastMapSize;
        (_file, _environment) = Open();
    }

    /// <summary>All of them, or an exception. A null value deletes.</summary>
    /// <exception cref="TableUnavailableException">The file was replaced, and the new one cannot be opened.</exception>
    /// <exception cref="IOException">The change failed.</exception>
    public void Write(IReadOnlyList<(byte[] Key, byte[]? Value)> changes)
    {
        Lock();
        try
        {
            while (!TryWrite(changes))
            {
                _environment.Abort();
                _mapSize *= LargerFactor;
                _environment.SetMapSize(_mapSize);
            }
        }
        finally
        {
            _environment.Abort();
            FileLock.UnlockFcntl(_file.SafeFileHandle);
        }
    }

    public void Dispose()
    {
        _environment.Dispose();
        _file.Dispose();
    }

    // False: the map is too small.
    private bool TryWrite(IReadOnlyList<(byte[] Key, byte[]? Value)> changes)
    {
        _environment.Begin();
        foreach (var (key, value) in changes)
        {
            var error = value == null ? _environment.Delete(key) : _environment.Put(key, value, 0);
            if (error == LmdbLibrary.MapFull)
            {
                return false;
            }

            if (value != null || error is not (LmdbLibrary.NotFound or LmdbLibrary.BadValueSize))
            {
                LmdbLibrary.Check(error, _path);
            }
        }

        var committed = _environment.Commit();
        if (committed != LmdbLibrary.MapFull)
        {
            LmdbLibrary.Check(committed, _path);
        }

        return committed == 0;
    }

    // The file may be replaced while we wait for the lock: then the lock is on a file nobody reads any more.
    private void Lock()
    {
        while (true)
        {
            FileLock.Fcntl(_file.SafeFileHandle, exclusive: true);
            if (!FileStamp.TryRead(_path, out var current) || (_stamp.Device, _stamp.Inode) == (current.Device, current.Inode))
            {
                return;
            }

            FileLock.UnlockFcntl(_file.SafeFileHandle);
            var (file, environment) = Open();
            Dispose();
            (_file, _environment) = (file, environment);
        }
    }

    private (FileStream File, LmdbWriteEnvironment Environment) Open()
    {
        var file = LmdbUpdater.OpenFile(_path);
        try
        {
            _ = FileStamp.TryRead(_path, out _stamp);
            _mapSize = Math.Max(_leastMapSize, file.Length * LargerFactor);
            return (file, new LmdbWriteEnvironment(_path, _mapSize, syncs: true));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
