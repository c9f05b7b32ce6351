using Estafeta.Tables.Files;
using Estafeta.Tables.Writing;
using Estafeta.Unix.Locks;

namespace Estafeta.Tables.Lmdb;

/// <summary>
/// Changes an existing LMDB file in place in one transaction, under the exclusive lock that Postfix's readers and writers respect.
/// When the file grows beyond its map, all changes are done again in a larger one.
/// </summary>
internal sealed class LmdbUpdater : TableWriter
{
    private const int LargerFactor = 2;

    private readonly string _path;
    private readonly TableWriterOptions _options;
    private readonly bool _terminates;
    private readonly List<(byte[] Key, byte[]? Value)> _done = [];
    private readonly FileStream _lock;
    private LmdbWriteEnvironment _environment;
    private long _mapSize;

    public LmdbUpdater(string path, string logName, TableWriterOptions options)
    {
        _path = path;
        LogName = logName;
        _options = options;
        _terminates = options.TerminatesWithNul ?? true;
        _lock = OpenLocked(path);
        try
        {
            _mapSize = Math.Max(options.LmdbMapSize, _lock.Length * LargerFactor);
            _environment = Begin();
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    public override string LogName { get; }

    public override int LongestKey => LmdbLibrary.LongestKey - (_terminates ? 1 : 0);

    public override bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var stored = _terminates ? Terminated(key) : key.ToArray();
        var content = _terminates ? Terminated(value) : value.ToArray();
        var flags = _options.Duplicates == DuplicateRule.Replace ? 0 : LmdbLibrary.PutNoOverwrite;
        var error = _environment.Put(stored, content, flags);
        if (error == LmdbLibrary.KeyExists)
        {
            return _options.Duplicates != DuplicateRule.Warn;
        }

        if (error == LmdbLibrary.MapFull)
        {
            Enlarge();
            return Add(key, value);
        }

        LmdbLibrary.Check(error, LogName);
        _done.Add((stored, content));
        return true;
    }

    public override bool Delete(ReadOnlySpan<byte> key) => DeleteStored(Terminated(key)) || DeleteStored(key.ToArray());

    public override void Commit()
    {
        var error = _environment.Commit();
        while (error == LmdbLibrary.MapFull)
        {
            Enlarge();
            error = _environment.Commit();
        }

        LmdbLibrary.Check(error, LogName);
    }

    public override void Dispose()
    {
        _environment.Dispose();
        _lock.Dispose();
        base.Dispose();
    }

    private bool DeleteStored(byte[] key)
    {
        var error = _environment.Delete(key);
        if (error is LmdbLibrary.NotFound or LmdbLibrary.BadValueSize)
        {
            return false;
        }

        if (error == LmdbLibrary.MapFull)
        {
            Enlarge();
            return DeleteStored(key);
        }

        LmdbLibrary.Check(error, LogName);
        _done.Add((key, null));
        return true;
    }

    private LmdbWriteEnvironment Begin()
    {
        var environment = new LmdbWriteEnvironment(_path, _mapSize, syncs: true);
        try
        {
            environment.Begin();
            return environment;
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    private void Enlarge()
    {
        _environment.Dispose();
        _mapSize *= LargerFactor;
        _environment = Begin();
        foreach (var (key, value) in _done)
        {
            var error = value == null ? _environment.Delete(key) : _environment.Put(key, value, 0);
            if (error == LmdbLibrary.MapFull)
            {
                Enlarge();
                return;
            }

            LmdbLibrary.Check(error, LogName);
        }
    }

    // The file may be replaced while we wait for the lock: then the lock is on a file nobody reads any more.
    private static FileStream OpenLocked(string path)
    {
        while (true)
        {
            var file = OpenFile(path);
            _ = FileStamp.TryRead($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}", out var mine);
            FileLock.Fcntl(file.SafeFileHandle, exclusive: true);
            if (!FileStamp.TryRead(path, out var current) || (mine.Device, mine.Inode) == (current.Device, current.Inode))
            {
                return file;
            }

            file.Dispose();
        }
    }

    /// <exception cref="TableUnavailableException">It cannot be opened.</exception>
    public static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TableUnavailableException($"open database {path}: {TableFile.Reason(e)}");
        }
    }
}
