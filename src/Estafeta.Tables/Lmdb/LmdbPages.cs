using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Tables.Lmdb;

/// <summary>
/// The pages of an LMDB file (data version 1, of LMDB 0.9 and 1.0), mapped into memory. Offsets, sizes and page numbers are checked before they are
/// used: a damaged file is an error, never a fault or an endless loop. To be read under the file's lock only; liblmdb itself trusts its files.
/// </summary>
internal sealed unsafe class LmdbPages : IDisposable
{
    public const int HeaderSize = 16;

    private const uint Magic = 0xBEEFC0DE;
    private const uint DataVersion = 1;
    private const int MetaEnd = HeaderSize + 136;
    private const ushort MetaPage = 0x08;
    private const ushort OverflowPage = 0x04;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private MemoryMappedFile? _mapping;
    private MemoryMappedViewAccessor? _view;
    private byte* _data;
    private long _size;
    private int _pageSize;

    public LmdbPages(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Map();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public SafeFileHandle Handle => _file;

    public int PageSize => _pageSize;

    /// <summary>Octets of the file that can be read.</summary>
    public long Size => _size;

    /// <summary>The newer of the two meta pages: its main tree. A writer that added pages behind our map makes us map anew.</summary>
    public LmdbTree ReadTree()
    {
        var tree = Newest();
        if ((tree.LastPage + 1) * (ulong)_pageSize > (ulong)_size)
        {
            Map();
            tree = Newest();
        }

        return tree;
    }

    /// <summary>A branch or leaf page, whole.</summary>
    public ReadOnlySpan<byte> Read(ulong number)
    {
        var page = Slice(number, 0, _pageSize);
        return BinaryPrimitives.ReadUInt64LittleEndian(page) == number ? page : throw Damage($"page {number} is another");
    }

    /// <summary>A value that fills pages of its own.</summary>
    public ReadOnlySpan<byte> ReadOverflow(ulong number, uint length)
    {
        var header = Slice(number, 0, HeaderSize);
        var pages = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        return BinaryPrimitives.ReadUInt64LittleEndian(header) == number && BinaryPrimitives.ReadUInt16LittleEndian(header[10..]) == OverflowPage
            && HeaderSize + (ulong)length <= pages * (ulong)_pageSize
            ? Slice(number, HeaderSize, length)
            : throw Damage($"page {number} is no overflow page");
    }

    public InvalidDataException Damage(string what) => new($"{_path}: damaged LMDB file: {what}");

    public void Dispose()
    {
        Unmap();
        _file.Dispose();
    }

    private void Map()
    {
        Unmap();
        var size = RandomAccess.GetLength(_file);
        if (size < MetaEnd)
        {
            throw Damage("no meta page");
        }

        _mapping = MemoryMappedFile.CreateFromFile(_file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _mapping.CreateViewAccessor(0, size, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
        _size = size;
        _pageSize = checked((int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(_data + HeaderSize + 24, 4)), int.MaxValue));
        if (_pageSize is < 512 or > 65536 || size < 2 * _pageSize)
        {
            throw Damage("bad page size");
        }
    }

    private void Unmap()
    {
        if (_data != null)
        {
            _view!.SafeMemoryMappedViewHandle.ReleasePointer(); // mapped together with _data
            _data = null;
        }

        _view?.Dispose();
        _mapping?.Dispose();
        _size = 0;
    }

    private LmdbTree Newest()
    {
        var (first, second) = (Meta(0), Meta(1));
        return second.Transaction > first.Transaction ? second : first;
    }

    private LmdbTree Meta(ulong number)
    {
        var page = Slice(number, 0, MetaEnd);
        var meta = page[HeaderSize..];
        if (BinaryPrimitives.ReadUInt64LittleEndian(page) != number || BinaryPrimitives.ReadUInt16LittleEndian(page[10..]) != MetaPage
            || BinaryPrimitives.ReadUInt32LittleEndian(meta) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(meta[4..]) != DataVersion
            || BinaryPrimitives.ReadUInt32LittleEndian(meta[24..]) != _pageSize)
        {
            throw Damage($"bad meta page {number}");
        }

        var main = meta[72..];
        return new LmdbTree(
            BinaryPrimitives.ReadUInt64LittleEndian(main[40..]),
            BinaryPrimitives.ReadUInt16LittleEndian(main[6..]),
            BinaryPrimitives.ReadUInt16LittleEndian(main[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(meta[120..]),
            BinaryPrimitives.ReadUInt64LittleEndian(meta[128..]));
    }

    private ReadOnlySpan<byte> Slice(ulong page, int offset, long length) =>
        page < (ulong)(_size / _pageSize) + 1 && length <= int.MaxValue && ((long)page * _pageSize) + offset + length <= _size
            ? new ReadOnlySpan<byte>(_data + ((long)page * _pageSize) + offset, (int)length)
            : throw Damage($"page {page} is behind the end");
}

/// <param name="Root">Page number, or <see cref="LmdbTree.None"/>.</param>
/// <param name="Depth">Levels of pages.</param>
/// <param name="Flags">Zero for the plain trees of tables.</param>
/// <param name="LastPage">Of the file.</param>
/// <param name="Transaction">Which wrote it.</param>
internal readonly record struct LmdbTree(ulong Root, int Depth, ushort Flags, ulong LastPage, ulong Transaction)
{
    public const ulong None = ulong.MaxValue;
}
