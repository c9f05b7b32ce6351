using System.Buffers.Binary;

namespace Estafeta.Services.Logging;

/// <summary>
/// Log lines with the moment each was written, one after the other: eight octets of time in ticks, two of length, the
/// line without its end. Processes buffer them so and hand many to postlogd in one datagram, which puts the lines of all
/// processes in order. A datagram of anybody else (postlog(1) of Postfix) is one plain line; <see cref="Mark"/> tells them apart.
/// </summary>
public static class LogRecords
{
    public const int HeaderOctets = 10;

    /// <summary>Longest line, header not counted: what Postfix cuts its own lines to.</summary>
    public const int MaxLineOctets = 2048;

    /// <summary>First octets of a datagram of records; no text begins with a control character.</summary>
    public static ReadOnlySpan<byte> Mark => [0x02, (byte)'E', (byte)'L', 1];

    public static void WriteHeader(Span<byte> record, DateTimeOffset time, int lineOctets)
    {
        BinaryPrimitives.WriteInt64LittleEndian(record, time.UtcTicks);
        BinaryPrimitives.WriteUInt16LittleEndian(record[8..], (ushort)lineOctets);
    }

    /// <summary>Takes the first record off <paramref name="records"/>; false at the end or when the rest is not a record.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> records, out long ticks, out ReadOnlySpan<byte> line)
    {
        ticks = 0;
        line = default;
        if (records.Length < HeaderOctets)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(records[8..]);
        if (records.Length < HeaderOctets + length)
        {
            return false;
        }

        ticks = BinaryPrimitives.ReadInt64LittleEndian(records);
        line = records.Slice(HeaderOctets, length);
        records = records[(HeaderOctets + length)..];
        return true;
    }
}
