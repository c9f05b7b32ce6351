using System.Buffers.Binary;
using Estafeta.Tables.Writing;

namespace Estafeta.Tables.Cdb;

/// <summary>Writes a constant database: room for the header, the records in their order, 256 hash tables at most half full, then the header.</summary>
internal static class CdbBuilder
{
    private const int HeaderSize = 2048;
    private const int TableCount = 256;

    /// <exception cref="IOException">Among others: the table does not fit into the format's 4 GB.</exception>
    public static void Write(string path, TableEntries entries, TableWriterOptions options)
    {
        using var file = new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.None, 256 * 1024);
        var slots = new List<(uint Hash, uint Position)>[TableCount];
        for (var i = 0; i < TableCount; i++)
        {
            slots[i] = [];
        }

        file.Write(new byte[HeaderSize]);
        long position = HeaderSize;
        Span<byte> numbers = stackalloc byte[8];
        for (var number = 0; number < entries.Total; number++)
        {
            if (entries.IsRemoved(number))
            {
                continue;
            }

            var key = entries.Key(number);
            var value = entries.Value(number);
            var hash = CdbHash.Of(key);
            slots[hash & 255].Add((hash, Checked(position)));
            WritePair(file, numbers, (uint)key.Length, (uint)value.Length);
            file.Write(key);
            file.Write(value);
            position += 8 + key.Length + value.Length;
        }

        WriteTables(file, slots, position);
    }

    private static void WriteTables(FileStream file, List<(uint Hash, uint Position)>[] slots, long position)
    {
        var header = new byte[HeaderSize];
        Span<byte> numbers = stackalloc byte[8];
        for (var i = 0; i < TableCount; i++)
        {
            var table = Arrange(slots[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(i * 8), Checked(position));
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan((i * 8) + 4), (uint)table.Length);
            foreach (var (hash, record) in table)
            {
                WritePair(file, numbers, hash, record);
            }

            position += table.Length * 8L;
        }

        _ = Checked(position);
        file.Position = 0;
        file.Write(header);
    }

    private static (uint Hash, uint Position)[] Arrange(List<(uint Hash, uint Position)> records)
    {
        var table = new (uint Hash, uint Position)[records.Count * 2];
        foreach (var record in records)
        {
            var at = (record.Hash >> 8) % (uint)table.Length;
            while (table[at].Position != 0)
            {
                at = at + 1 == table.Length ? 0 : at + 1;
            }

            table[at] = record;
        }

        return table;
    }

    private static void WritePair(FileStream file, Span<byte> buffer, uint first, uint second)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, first);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[4..], second);
        file.Write(buffer);
    }

    private static uint Checked(long position) => position <= uint.MaxValue
        ? (uint)position
        : throw new IOException("table is too large for a cdb file: its format ends at 4 GB");
}
