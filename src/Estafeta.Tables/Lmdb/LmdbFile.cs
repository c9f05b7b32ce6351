using Estafeta.Tables.Files;
using Estafeta.Tables.Indexed;
using Estafeta.Unix.Locks;

namespace Estafeta.Tables.Lmdb;

/// <summary>
/// An LMDB file open for reading. lmdb_table(5); locked as Postfix locks it, so that its postmap may write to the file at any time. Read by our own code:
/// faster than through the library, and a damaged file does not end the process. Writing is the library's: <see cref="LmdbWriteEnvironment"/>.
/// </summary>
internal sealed class LmdbFile : IndexedFile
{
    private const int DeepestTree = 32; // CURSOR_STACK of the library

    private readonly LmdbPages _pages;
    private LmdbTree? _tree;

    private LmdbFile(string path, FileStamp stamp)
        : base(path, stamp) => _pages = new LmdbPages(path);

    // Each lock starts from the newest meta page. Only a file that was cut short must not be read by the old map.
    public override bool SurvivesChange(FileStamp now) => now.Size >= _pages.Size;

    public static IndexedFile Open(string path, FileStamp stamp) => new LmdbFile(path, stamp);

    public override bool TryLock() => FileLock.TryFcntl(_pages.Handle, exclusive: false);

    public override void Lock() => FileLock.Fcntl(_pages.Handle, exclusive: false);

    public override void Unlock()
    {
        _tree = null;
        FileLock.UnlockFcntl(_pages.Handle);
    }

    public override bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        var tree = Tree();
        value = default;
        if (tree.Root == LmdbTree.None)
        {
            return false;
        }

        var page = tree.Root;
        ReadOnlySpan<byte> from = default;
        ReadOnlySpan<byte> below = default;
        for (var level = 1; level < tree.Depth; level++)
        {
            var branch = new LmdbNodes(_pages, page, isLeaf: false);
            var at = branch.Find(key, first: 1);
            at = at >= 0 ? at : ~at - 1;
            page = branch.Child(at);
            from = at > 0 ? branch.Key(at) : from;
            below = at + 1 < branch.Count ? branch.Key(at + 1) : below;
        }

        var leaf = new LmdbNodes(_pages, page, isLeaf: true);
        var found = leaf.Find(key, first: 0);
        if (found < 0)
        {
            CheckRange(leaf, from, below);
            return false;
        }

        value = leaf.Value(found);
        return true;
    }

    // "Not found" counts only in the page where the key would be: one that branches lead to by mistake holds keys of another range.
    private void CheckRange(LmdbNodes leaf, ReadOnlySpan<byte> from, ReadOnlySpan<byte> below)
    {
        if (leaf.Count > 0 && (leaf.Key(0).SequenceCompareTo(from) < 0
            || (!below.IsEmpty && leaf.Key(leaf.Count - 1).SequenceCompareTo(below) >= 0)))
        {
            throw _pages.Damage("the tree leads to a wrong page");
        }
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        var tree = Tree();
        if (tree.Root != LmdbTree.None)
        {
            var visits = _pages.Size / _pages.PageSize;
            Read(tree.Root, tree.Depth, entries, ref visits);
        }

        return entries;
    }

    public override void Dispose()
    {
        _pages.Dispose();
        base.Dispose();
    }

    private void Read(ulong page, int levels, List<KeyValuePair<byte[], byte[]>> entries, ref long visits)
    {
        if (visits-- == 0)
        {
            throw _pages.Damage("a page is in the tree twice");
        }

        var nodes = new LmdbNodes(_pages, page, isLeaf: levels == 1);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (levels > 1)
            {
                Read(nodes.Child(i), levels - 1, entries, ref visits);
                continue;
            }

            var key = nodes.Key(i);
            if (entries.Count > 0 && entries[^1].Key.AsSpan().SequenceCompareTo(key) >= 0)
            {
                throw _pages.Damage("keys are out of order");
            }

            entries.Add(new(key.ToArray(), nodes.Value(i).ToArray()));
        }
    }

    private LmdbTree Tree()
    {
        if (_tree is { } known)
        {
            return known;
        }

        var tree = _pages.ReadTree();
        if (tree.Flags != 0 || (tree.Root != LmdbTree.None && tree.Depth is < 1 or > DeepestTree))
        {
            throw _pages.Damage("not the tree of a table");
        }

        _tree = tree;
        return tree;
    }
}
