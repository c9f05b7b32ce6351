namespace Estafeta.Tables.Lmdb;

/// <summary>An LMDB file open for writing: its environment and the transaction at work.</summary>
internal sealed unsafe class LmdbWriteEnvironment : IDisposable
{
    private const uint FileMode = 0x180; // 0600: who makes the file sets its permissions

    private readonly string _path;
    private readonly nint _environment;
    private nint _transaction;
    private uint _database;

    /// <exception cref="IOException">It is no LMDB file, or cannot be opened.</exception>
    public LmdbWriteEnvironment(string path, long mapSize, bool syncs)
    {
        _path = path;
        LmdbLibrary.Check(LmdbLibrary.CreateEnvironment(out _environment), path);
        var error = LmdbLibrary.SetMapSize(_environment, (nuint)mapSize);
        if (error == 0)
        {
            var flags = LmdbLibrary.NoSubdirectory | LmdbLibrary.NoLock | (syncs ? 0 : LmdbLibrary.NoSync);
            error = LmdbLibrary.OpenEnvironment(_environment, path, flags, FileMode);
        }

        if (error != 0)
        {
            LmdbLibrary.CloseEnvironment(_environment);
            throw new IOException(LmdbLibrary.Message(error));
        }
    }

    /// <summary>Between transactions only.</summary>
    public void SetMapSize(long size) => LmdbLibrary.Check(LmdbLibrary.SetMapSize(_environment, (nuint)size), _path);

    public void Begin()
    {
        var error = LmdbLibrary.Begin(_environment, 0, 0, out _transaction);
        if (error == LmdbLibrary.MapResized)
        {
            // Another process has made the file larger than our map: take the size that it has.
            SetMapSize(0);
            error = LmdbLibrary.Begin(_environment, 0, 0, out _transaction);
        }

        LmdbLibrary.Check(error, _path);
        LmdbLibrary.Check(LmdbLibrary.OpenDatabase(_transaction, null, 0, out _database), _path);
    }

    /// <returns>0 or LMDB's error: <see cref="LmdbLibrary.KeyExists"/>, <see cref="LmdbLibrary.MapFull"/>…</returns>
    public int Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, uint flags)
    {
        fixed (byte* keyPointer = key, valuePointer = value)
        {
            var name = new LmdbValue { Size = (nuint)key.Length, Data = keyPointer };
            var content = new LmdbValue { Size = (nuint)value.Length, Data = valuePointer };
            return LmdbLibrary.Put(_transaction, _database, ref name, ref content, flags);
        }
    }

    /// <returns>0 or LMDB's error, such as <see cref="LmdbLibrary.NotFound"/>.</returns>
    public int Delete(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            var name = new LmdbValue { Size = (nuint)key.Length, Data = pointer };
            return LmdbLibrary.Delete(_transaction, _database, ref name, 0);
        }
    }

    public int Commit()
    {
        var transaction = _transaction;
        _transaction = 0;
        return LmdbLibrary.Commit(transaction);
    }

    public void Abort()
    {
        if (_transaction != 0)
        {
            LmdbLibrary.Abort(_transaction);
            _transaction = 0;
        }
    }

    public void Dispose()
    {
        Abort();
        LmdbLibrary.CloseEnvironment(_environment);
    }
}
