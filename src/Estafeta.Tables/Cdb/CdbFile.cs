using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.Intrinsics.X86;
using Estafeta.Tables.Files;
using Estafeta.Tables.Indexed;

namespace Estafeta.Tables.Cdb;

/// <summary>
/// Reads D. J. Bernstein's constant databases (https://cr.yp.to/cdb/cdb.txt): 256 hash tables behind the records. Mapped into memory; its writers
/// replace the file whole, so that what is mapped never changes. Offsets of a damaged file are checked, not trusted.
/// </summary>
internal sealed unsafe class CdbFile : IndexedFile
{
    private const int HeaderSize = 2048;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;
    private readonly long _size;

    private CdbFile(string path, FileStamp stamp, MemoryMappedFile mapping, long size)
        : base(path, stamp)
    {
        _mapping = mapping;
        _size = size;
        _view = mapping.CreateViewAccessor(0, size, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
    }

    public static IndexedFile Open(string path, FileStamp stamp)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var size = file.Length;
        if (size is < HeaderSize or > uint.MaxValue)
        {
            throw new InvalidDataException($"{path}: not a cdb file");
        }

        return new CdbFile(path, stamp, MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false), size);
    }

    public override bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        var hash = CdbHash.Of(key);
        var header = 8 * (hash & 255);
        var (table, slots) = (Number(header), Number(header + 4));
        if (slots == 0)
        {
            return false;
        }

        _ = Slice(table, slots * 8L);
        var slot = (hash >> 8) % slots;
        for (var probes = 0u; probes < slots; probes++)
        {
            var at = table + (slot * 8L);
            var (slotHash, record) = (Number(at), Number(at + 4));
            if (record == 0)
            {
                return false;
            }

            if (slotHash == hash && Slice(record + 8L, Number(record)).SequenceEqual(key))
            {
                value = Slice(record + 8L + key.Length, Number(record + 4L));
                return true;
            }

            slot = slot + 1 == slots ? 0 : slot + 1;
        }

        return false;
    }

    public override uint Approach(ReadOnlySpan<byte> key)
    {
        var hash = CdbHash.Of(key);
        if (Sse.IsSupported && TryFindSlot(hash, out var slot))
        {
            Sse.Prefetch0(_data + slot);
        }

        return hash;
    }

    public override void Approach(uint step)
    {
        // Most look-ups read only the first slot of the chain. A damaged file may name a record outside.
        if (Sse.IsSupported && TryFindSlot(step, out var slot) && BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(_data + slot + 4, 4)) is var record && record < _size)
        {
            Sse.Prefetch0(_data + record);
        }
    }

    public override IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll()
    {
        // The records end where the first hash table begins.
        long end = Number(0);
        for (long at = HeaderSize; at < end;)
        {
            var (keyLength, valueLength) = (Number(at), Number(at + 4));
            yield return new(Slice(at + 8, keyLength).ToArray(), Slice(at + 8 + keyLength, valueLength).ToArray());
            at += 8L + keyLength + valueLength;
        }
    }

    public override void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
        base.Dispose();
    }

    // Where the chain of slots for a hash begins; false when there is none or the file is damaged.
    private bool TryFindSlot(uint hash, out long slot)
    {
        var header = new ReadOnlySpan<byte>(_data + (8 * (hash & 255)), 8);
        var (table, slots) = (BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt32LittleEndian(header[4..]));
        slot = slots == 0 ? 0 : table + ((hash >> 8) % slots * 8L);
        return slots != 0 && slot + 8 <= _size;
    }

    private uint Number(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(offset, 4));

    private ReadOnlySpan<byte> Slice(long offset, long length) => offset >= 0 && length <= int.MaxValue && offset + length <= _size
        ? new ReadOnlySpan<byte>(_data + offset, (int)length)
        : throw new InvalidDataException($"{Path}: damaged cdb file");
}
