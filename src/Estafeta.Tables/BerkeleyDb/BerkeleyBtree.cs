namespace Estafeta.Tables.BerkeleyDb;

/// <summary>A B+tree ordered by octets. Inner pages hold separators and child pages, leaves key, value, key, value.</summary>
internal sealed class BerkeleyBtree : BerkeleyIndex
{
    private const byte ItemOnPage = 1;
    private const byte ItemOverflow = 3;
    private const byte DeletedBit = 0x80;
    private const int OldestVersion = 8;
    private const int RootOffset = 88;
    private const byte TypeInner = 3;
    private const byte TypeLeaf = 5;
    private const int DeepestTree = 40;

    private readonly uint _root;

    public BerkeleyBtree(BerkeleyPages pages, byte[] meta)
        : base(pages)
    {
        if (pages.Number(meta, 16) < OldestVersion)
        {
            throw pages.Damage("too old a btree version");
        }

        _root = pages.Number(meta, RootOffset);
    }

    public override byte[]? Find(ReadOnlySpan<byte> key)
    {
        var page = Pages.Read(_root);
        for (var depth = 0; BerkeleyPages.Type(page) == TypeInner; depth++)
        {
            if (depth == DeepestTree)
            {
                throw Pages.Damage("tree too deep");
            }

            page = Pages.Read(Child(page, key));
        }

        return FindInLeaf(Leaf(page), key);
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        var page = Pages.Read(_root);
        for (var depth = 0; BerkeleyPages.Type(page) == TypeInner; depth++)
        {
            page = depth < DeepestTree ? Pages.Read(Pages.Number(page, Pages.ItemOffset(page, 0) + 4)) : throw Pages.Damage("tree too deep");
        }

        var visited = 0L;
        while (true)
        {
            _ = Leaf(page);
            for (var i = 0; i + 1 < Pages.ItemCount(page); i += 2)
            {
                if (!IsDeleted(page, i))
                {
                    yield return new(Item(page, i), Item(page, i + 1));
                }
            }

            var next = Pages.NextPage(page, ref visited);
            if (next == 0)
            {
                yield break;
            }

            page = Pages.Read(next);
        }
    }

    // The last child whose separator is not above the key; the first separator stands for "less than everything".
    private uint Child(byte[] page, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, Pages.ItemCount(page) - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (Separator(page, middle).SequenceCompareTo(key) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Pages.Number(page, Pages.ItemOffset(page, low) + 4);
    }

    private byte[]? FindInLeaf(byte[] page, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, (Pages.ItemCount(page) / 2) - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Key(page, 2 * middle).SequenceCompareTo(key);
            if (order == 0)
            {
                return IsDeleted(page, 2 * middle) ? null : Item(page, (2 * middle) + 1);
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private byte[] Leaf(byte[] page) => BerkeleyPages.Type(page) == TypeLeaf ? page : throw Pages.Damage("not a leaf page");

    private bool IsDeleted(byte[] page, int item) => (page[Pages.ItemOffset(page, item) + 2] & DeletedBit) != 0;

    private ReadOnlySpan<byte> Key(byte[] page, int item)
    {
        var offset = Pages.ItemOffset(page, item);
        return (Pages.Slice(page, offset, 3)[2] & ~DeletedBit) == ItemOnPage ? Pages.Slice(page, offset + 3, Pages.Short(page, offset)) : Item(page, item);
    }

    private byte[] Item(byte[] page, int item)
    {
        var offset = Pages.ItemOffset(page, item);
        return (Pages.Slice(page, offset, 3)[2] & ~DeletedBit) switch
        {
            ItemOnPage => Pages.Slice(page, offset + 3, Pages.Short(page, offset)).ToArray(),
            ItemOverflow => Pages.ReadOverflow(Pages.Number(page, offset + 4), Pages.Number(page, offset + 8)),
            var type => throw Pages.Damage($"unsupported item type {type}"),
        };
    }

    private ReadOnlySpan<byte> Separator(byte[] page, int item)
    {
        var offset = Pages.ItemOffset(page, item);
        if ((Pages.Slice(page, offset, 3)[2] & ~DeletedBit) == ItemOnPage)
        {
            return Pages.Slice(page, offset + 12, Pages.Short(page, offset));
        }

        // The separator itself is on overflow pages: the item holds a reference of the leaf's form.
        return Pages.ReadOverflow(Pages.Number(page, offset + 12 + 4), Pages.Number(page, offset + 12 + 8));
    }
}
