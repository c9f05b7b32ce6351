using Estafeta.Tables.Files;
using Estafeta.Tables.Indexed;
using Estafeta.Unix.Locks;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Tables.Lmdb;

/// <summary>An LMDB file open for reading. lmdb_table(5); locked as Postfix locks it, so that its postmap may write to the file at any time.</summary>
internal sealed unsafe class LmdbFile : IndexedFile
{
    private readonly nint _environment;
    private readonly SafeFileHandle _handle;
    private nint _transaction;
    private uint _database;
    private bool _isRead;

    private LmdbFile(string path, FileStamp stamp, nint environment)
        : base(path, stamp)
    {
        _environment = environment;
        LmdbLibrary.Check(LmdbLibrary.GetDescriptor(environment, out var descriptor), path);
        _handle = new SafeFileHandle(descriptor, ownsHandle: false);
    }

    // Each look-up starts from the newest meta page.
    public override bool SurvivesChange => true;

    public static IndexedFile Open(string path, FileStamp stamp)
    {
        LmdbLibrary.Check(LmdbLibrary.CreateEnvironment(out var environment), path);
        var flags = LmdbLibrary.NoSubdirectory | LmdbLibrary.ReadOnly | LmdbLibrary.NoLock | LmdbLibrary.NoThreadLocal;
        var error = LmdbLibrary.OpenEnvironment(environment, path, flags, 0);
        if (error == 0)
        {
            return new LmdbFile(path, stamp, environment);
        }

        LmdbLibrary.CloseEnvironment(environment);
        throw new IOException(LmdbLibrary.Message(error));
    }

    public override bool TryLock() => FileLock.TryFcntl(_handle, exclusive: false);

    public override void Lock() => FileLock.Fcntl(_handle, exclusive: false);

    public override void Unlock()
    {
        if (_isRead)
        {
            LmdbLibrary.Reset(_transaction);
            _isRead = false;
        }

        FileLock.UnlockFcntl(_handle);
    }

    public override bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        EnterTransaction();
        fixed (byte* pointer = key)
        {
            var wanted = new LmdbValue { Size = (nuint)key.Length, Data = pointer };
            var error = LmdbLibrary.Get(_transaction, _database, ref wanted, out var found);
            // A key longer than LMDB can hold is in no file.
            if (error is LmdbLibrary.NotFound or LmdbLibrary.BadValueSize)
            {
                value = default;
                return false;
            }

            LmdbLibrary.Check(error, Path);
            value = found.Span;
            return true;
        }
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        EnterTransaction();
        LmdbLibrary.Check(LmdbLibrary.OpenCursor(_transaction, _database, out var cursor), Path);
        var error = LmdbLibrary.MoveCursor(cursor, out var key, out var value, LmdbLibrary.CursorFirst);
        while (error == 0)
        {
            entries.Add(new(key.Span.ToArray(), value.Span.ToArray()));
            error = LmdbLibrary.MoveCursor(cursor, out key, out value, LmdbLibrary.CursorNext);
        }

        LmdbLibrary.CloseCursor(cursor);
        if (error != LmdbLibrary.NotFound)
        {
            LmdbLibrary.Check(error, Path);
        }

        return entries;
    }

    public override void Dispose()
    {
        if (_transaction != 0)
        {
            LmdbLibrary.Abort(_transaction);
        }

        _handle.Dispose();
        LmdbLibrary.CloseEnvironment(_environment);
        base.Dispose();
    }

    private void EnterTransaction()
    {
        if (_isRead)
        {
            return;
        }

        var error = BeginOrRenew();
        if (error == LmdbLibrary.MapResized)
        {
            // A writer made the file larger than our map.
            LmdbLibrary.Check(LmdbLibrary.SetMapSize(_environment, 0), Path);
            error = BeginOrRenew();
        }

        LmdbLibrary.Check(error, Path);
        _isRead = true;
    }

    private int BeginOrRenew()
    {
        if (_transaction != 0)
        {
            return LmdbLibrary.Renew(_transaction);
        }

        var error = LmdbLibrary.Begin(_environment, 0, LmdbLibrary.ReadOnly, out var transaction);
        if (error == 0)
        {
            _transaction = transaction;
            error = LmdbLibrary.OpenDatabase(transaction, null, 0, out _database);
        }

        return error;
    }
}
