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

    public override bool TryLock() => FileLock.TryFlock(_pages.Handle, exclusive: false);

    public override void Lock() => FileLock.Flock(_pages.Handle, exclusive: false);

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
