using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Tables.BerkeleyDb;

/// <summary>
/// The pages of a Berkeley DB file (format of releases 4.2 to 5.3 and 18.1): header, item index, overflow chains. Numbers are in the byte order of the
/// machine that wrote the file, told by the magic number. Every offset is checked: a damaged file is an error, never a wrong answer.
/// </summary>
internal sealed class BerkeleyPages : IDisposable
{
    public const int HeaderSize = 26;
    public const byte TypeOverflow = 7;

    private const int KeptPages = 1024;
    private const int MetaSize = 512;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly Dictionary<uint, byte[]> _kept = [];
    private bool _isBigEndian;
    private int _pageSize;

    public BerkeleyPages(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    public SafeFileHandle Handle => _file;

    /// <summary>Reads the first page anew and forgets the others; to be called under the lock when the file changed.</summary>
    /// <returns>The meta page.</returns>
    public byte[] Reset()
    {
        _kept.Clear();
        var meta = new byte[MetaSize];
        if (RandomAccess.Read(_file, meta, 0) < MetaSize)
        {
            throw Damage("short file");
        }

        _isBigEndian = BerkeleyFormat.IsBigEndian(meta);
        _pageSize = (int)Number(meta, 20);
        if (_pageSize is < MetaSize or > 65536 || meta[24] != 0)
        {
            throw Damage("unsupported page size or encryption");
        }

        return meta;
    }

    public byte[] Read(uint page)
    {
        if (_kept.TryGetValue(page, out var content))
        {
            return content;
        }

        content = new byte[_pageSize];
        if (RandomAccess.Read(_file, content, (long)page * _pageSize) < _pageSize || Number(content, 8) != page)
        {
            throw Damage($"bad page {page}");
        }

        if (_kept.Count == KeptPages)
        {
            _kept.Clear();
        }

        _kept.Add(page, content);
        return content;
    }

    public uint Number(ReadOnlySpan<byte> page, int offset) => offset + 4 > page.Length ? throw Damage("offset")
        : _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(page[offset..])
        : BinaryPrimitives.ReadUInt32LittleEndian(page[offset..]);

    public ushort Short(ReadOnlySpan<byte> page, int offset) => offset + 2 > page.Length ? throw Damage("offset")
        : _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(page[offset..])
        : BinaryPrimitives.ReadUInt16LittleEndian(page[offset..]);

    private uint NextPage(ReadOnlySpan<byte> page) => Number(page, 16);

    /// <summary>The next page of a chain, or 0 at its end. A chain longer than the file runs in a circle.</summary>
    /// <param name="page">The page before.</param>
    /// <param name="visited">How many pages of the chain were seen so far; zero at first.</param>
    public uint NextPage(ReadOnlySpan<byte> page, ref long visited)
    {
        var next = NextPage(page);
        return next != 0 && ++visited > RandomAccess.GetLength(_file) / _pageSize ? throw Damage("a chain of pages runs in a circle") : next;
    }

    public int ItemCount(ReadOnlySpan<byte> page) => Short(page, 20);

    public static byte Level(ReadOnlySpan<byte> page) => page[24];

    public static byte Type(ReadOnlySpan<byte> page) => page[25];

    /// <summary>Where an item begins in its page.</summary>
    public int ItemOffset(ReadOnlySpan<byte> page, int item)
    {
        var offset = Short(page, HeaderSize + (2 * item));
        return item < ItemCount(page) && offset >= HeaderSize && offset < page.Length ? offset : throw Damage("bad item");
    }

    public ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> page, int offset, int length) =>
        offset >= 0 && length >= 0 && offset + length <= page.Length ? page.Slice(offset, length) : throw Damage("bad length");

    /// <summary>An item too long for a page, from its chain of overflow pages.</summary>
    public byte[] ReadOverflow(uint first, uint length)
    {
        if (length > 1 << 28)
        {
            throw Damage("bad overflow length");
        }

        var result = new byte[length];
        var filled = 0;
        for (var number = first; number != 0 && filled < result.Length; number = NextPage(Read(number)))
        {
            var page = Read(number);
            var part = Short(page, 22);
            if (Type(page) != TypeOverflow || part == 0 || part > result.Length - filled)
            {
                throw Damage("bad overflow page");
            }

            Slice(page, HeaderSize, part).CopyTo(result.AsSpan(filled));
            filled += part;
        }

        return filled == result.Length ? result : throw Damage("short overflow chain");
    }

    public InvalidDataException Damage(string what) => new($"{_path}: damaged Berkeley DB file: {what}");

    public void Dispose() => _file.Dispose();
}
