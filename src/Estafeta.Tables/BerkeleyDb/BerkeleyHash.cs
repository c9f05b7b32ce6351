using System.Numerics;

namespace Estafeta.Tables.BerkeleyDb;

/// <summary>
/// Linear hashing: a bucket is a chain of pages, its number comes from the hash (Fowler/Noll/Vo) under two masks, its first page from a table of
/// extents in the meta page. Pairs lie on a page as key, value, key, value.
/// </summary>
internal sealed class BerkeleyHash : BerkeleyIndex
{
    private const byte ItemOnPage = 1;
    private const byte ItemOverflow = 3;
    private const int OldestVersion = 5;
    private const int SparesOffset = 96;
    private const int Spares = 32;
    private const byte TypeHash = 13;
    private const byte TypeHashUnsorted = 2;

    private readonly uint _lastBucket;
    private readonly uint _highMask;
    private readonly uint _lowMask;
    private readonly uint[] _spares = new uint[Spares];

    public BerkeleyHash(BerkeleyPages pages, byte[] meta)
        : base(pages)
    {
        if (pages.Number(meta, 16) < OldestVersion)
        {
            throw pages.Damage("too old a hash version");
        }

        _lastBucket = pages.Number(meta, 72);
        _highMask = pages.Number(meta, 76);
        _lowMask = pages.Number(meta, 80);
        for (var i = 0; i < Spares; i++)
        {
            _spares[i] = pages.Number(meta, SparesOffset + (4 * i));
        }
    }

    public override byte[]? Find(ReadOnlySpan<byte> key)
    {
        var hash = Hash(key);
        var bucket = hash & _highMask;
        if (bucket > _lastBucket)
        {
            bucket &= _lowMask;
        }

        var visited = 0L;
        for (var number = FirstPage(bucket); number != 0; number = Pages.NextPage(Pages.Read(number), ref visited))
        {
            var page = Page(number);
            for (var i = 0; i + 1 < Pages.ItemCount(page); i += 2)
            {
                if (IsKey(page, i, key))
                {
                    return Item(page, i + 1);
                }
            }
        }

        return null;
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        for (var bucket = 0u; bucket <= _lastBucket; bucket++)
        {
            var visited = 0L;
            for (var number = FirstPage(bucket); number != 0; number = Pages.NextPage(Pages.Read(number), ref visited))
            {
                var page = Page(number);
                for (var i = 0; i + 1 < Pages.ItemCount(page); i += 2)
                {
                    yield return new(Item(page, i), Item(page, i + 1));
                }
            }
        }
    }

    private byte[] Page(uint number)
    {
        var page = Pages.Read(number);
        return BerkeleyPages.Type(page) is TypeHash or TypeHashUnsorted ? page : throw Pages.Damage($"page {number} is not a hash page");
    }

    // Buckets up to a power of two were allocated together; the table says where each such extent begins, less the bucket's number.
    private uint FirstPage(uint bucket) => bucket + _spares[BitOperations.Log2(bucket) + (bucket == 0 ? 0 : 1)];

    private bool IsKey(byte[] page, int item, ReadOnlySpan<byte> key)
    {
        var content = Content(page, item);
        return content[0] == ItemOnPage ? content[1..].SequenceEqual(key) : Item(page, item).AsSpan().SequenceEqual(key);
    }

    private byte[] Item(byte[] page, int item)
    {
        var content = Content(page, item);
        return content[0] switch
        {
            ItemOnPage => content[1..].ToArray(),
            ItemOverflow => Pages.ReadOverflow(Pages.Number(content, 4), Pages.Number(content, 8)),
            var type => throw Pages.Damage($"unsupported item type {type}"),
        };
    }

    // Items fill the page from its end, so each ends where the one before it begins.
    private ReadOnlySpan<byte> Content(byte[] page, int item)
    {
        var offset = Pages.ItemOffset(page, item);
        var end = item == 0 ? page.Length : Pages.ItemOffset(page, item - 1);
        return Pages.Slice(page, offset, Math.Max(end - offset, 1));
    }

    private static uint Hash(ReadOnlySpan<byte> key)
    {
        var hash = 0u;
        foreach (var octet in key)
        {
            hash = (hash * 16777619) ^ octet;
        }

        return hash;
    }
}
