using System.Buffers.Binary;

namespace Estafeta.Tables.Lmdb;

/// <summary>
/// The nodes of one branch or leaf page, in the order of their keys. A branch node leads to the page of the keys from its own on; the key of the first
/// is not looked at. A leaf node has a value, in the page or on pages of its own.
/// </summary>
internal readonly ref struct LmdbNodes
{
    private const int NodeHeader = 8;
    private const ushort BranchPage = 0x01;
    private const ushort LeafPage = 0x02;
    private const ushort BigValue = 0x01;
    private const ushort WriterFlags = 0xC010; // what the library uses in memory

    private readonly ReadOnlySpan<byte> _page;
    private readonly LmdbPages _pages;

    /// <param name="pages">The file.</param>
    /// <param name="number">Of the page.</param>
    /// <param name="isLeaf">What the page must be at this level of the tree.</param>
    public LmdbNodes(LmdbPages pages, ulong number, bool isLeaf)
    {
        _pages = pages;
        _page = pages.Read(number);
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(_page[10..]);
        var lower = BinaryPrimitives.ReadUInt16LittleEndian(_page[12..]);
        if ((flags & ~WriterFlags) != (isLeaf ? LeafPage : BranchPage) || (lower == LmdbPages.HeaderSize && !isLeaf) || lower < LmdbPages.HeaderSize || lower > _page.Length || lower % 2 != 0
            || BinaryPrimitives.ReadUInt16LittleEndian(_page[14..]) < lower)
        {
            throw pages.Damage($"page {number} is not what the tree needs");
        }

        Count = (lower - LmdbPages.HeaderSize) / 2;
    }

    public int Count { get; }

    public ReadOnlySpan<byte> Key(int index)
    {
        var node = Node(index);
        return Part(node, NodeHeader, BinaryPrimitives.ReadUInt16LittleEndian(node[6..]));
    }

    /// <summary>Where a branch node leads.</summary>
    public ulong Child(int index)
    {
        var node = Node(index);
        return BinaryPrimitives.ReadUInt32LittleEndian(node) | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(node[4..]) << 32);
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        var node = Node(index);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(node);
        var start = NodeHeader + BinaryPrimitives.ReadUInt16LittleEndian(node[6..]);
        return BinaryPrimitives.ReadUInt16LittleEndian(node[4..]) switch
        {
            0 => Part(node, start, length),
            BigValue => _pages.ReadOverflow(BinaryPrimitives.ReadUInt64LittleEndian(Part(node, start, sizeof(ulong))), length),
            var flags => throw _pages.Damage($"unsupported node flags {flags}"),
        };
    }

    /// <summary>The node with the key, or the complement of where it would be.</summary>
    public int Find(ReadOnlySpan<byte> key, int first)
    {
        var (low, high) = (first, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Key(middle).SequenceCompareTo(key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private ReadOnlySpan<byte> Node(int index)
    {
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(_page[(LmdbPages.HeaderSize + (2 * index))..]);
        return offset >= LmdbPages.HeaderSize && offset + NodeHeader <= _page.Length ? _page[offset..] : throw _pages.Damage("bad node");
    }

    private ReadOnlySpan<byte> Part(ReadOnlySpan<byte> node, int start, long length) =>
        start + length <= node.Length ? node.Slice(start, (int)length) : throw _pages.Damage("bad node size");
}
