using Estafeta.Tables.Files;
using Estafeta.Tables.Indexed;
using Estafeta.Unix.Locks;

namespace Estafeta.Tables.BerkeleyDb;

/// <summary>
/// Reads a <c>.db</c> file that an earlier Postfix's postmap made, hash or btree, without libdb. Locked by flock as Postfix does, so that
/// its postmap may still be used; a changed file is read anew.
/// </summary>
internal sealed class BerkeleyFile : IndexedFile
{
    private readonly BerkeleyPages _pages;
    private BerkeleyIndex? _index;

    private BerkeleyFile(string path, FileStamp stamp)
        : base(path, stamp) => _pages = new BerkeleyPages(path);

    public static IndexedFile Open(string path, FileStamp stamp) => new BerkeleyFile(path, stamp);

    public override bool TryLock()
    {
        if (!FileLock.TryFlock(_pages.Handle, exclusive: false))
        {
            return false;
        }

        ForgetWhenChanged();
        return true;
    }

    public override void Lock()
    {
        FileLock.Flock(_pages.Handle, exclusive: false);
        ForgetWhenChanged();
    }

    public override void Unlock() => FileLock.UnlockFlock(_pages.Handle);

    public override bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        var found = Index().Find(key);
        value = found;
        return found != null;
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll() => Index().ReadAll();

    public override void Dispose()
    {
        _pages.Dispose();
        base.Dispose();
    }

    // A writer may have been at work in the same file until we got the lock. A file changed just now may change again within one tick of its clock.
    private void ForgetWhenChanged()
    {
        if (FileStamp.TryRead(Path, out var now) && (now.Device, now.Inode) == (Stamp.Device, Stamp.Inode) && (now != Stamp || !now.IsSettled(TimeProvider.System)))
        {
            Stamp = now;
            _index = null;
        }
    }

    private BerkeleyIndex Index()
    {
        if (_index == null)
        {
            var meta = _pages.Reset();
            _index = _pages.Number(meta, 12) switch
            {
                BerkeleyFormat.HashMagic => new BerkeleyHash(_pages, meta),
                BerkeleyFormat.BtreeMagic => new BerkeleyBtree(_pages, meta),
                _ => throw _pages.Damage("unknown magic number"),
            };
        }

        return _index;
    }
}
