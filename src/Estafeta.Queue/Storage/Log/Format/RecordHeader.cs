using System.Runtime.InteropServices;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>Starts each record: the lengths of its parts, which follow in this order. The checksum covers all but itself.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct RecordHeader
{
    public const int Octets = 20;

    public uint Crc;
    public int EnvelopeOctets;

    /// <summary>Outcomes of a moved message; a new one has none.</summary>
    public int OutcomeOctets;
    public int HeadOctets;

    /// <summary>0 when the body has its own file.</summary>
    public int BodyOctets;

    public readonly int RecordOctets => checked(Octets + EnvelopeOctets + OutcomeOctets + HeadOctets + BodyOctets);

    /// <summary>Reads and checks a whole record.</summary>
    public static RecordHeader Read(ReadOnlySpan<byte> record)
    {
        if (!MemoryMarshal.TryRead(record, out RecordHeader header) || header.EnvelopeOctets < 0 || header.OutcomeOctets < 0
            || header.HeadOctets < 0 || header.BodyOctets < 0 || header.RecordOctets != record.Length
            || header.Crc != Checksum.Add(0, record[4..]))
        {
            throw new InvalidDataException("a queue record is damaged");
        }

        return header;
    }

    public readonly ReadOnlySpan<byte> Envelope(ReadOnlySpan<byte> record) => record.Slice(Octets, EnvelopeOctets);

    public readonly ReadOnlySpan<byte> Outcomes(ReadOnlySpan<byte> record) => record.Slice(Octets + EnvelopeOctets, OutcomeOctets);

    /// <summary>Where the head starts; the body follows it.</summary>
    public readonly int HeadOffset => Octets + EnvelopeOctets + OutcomeOctets;
}
