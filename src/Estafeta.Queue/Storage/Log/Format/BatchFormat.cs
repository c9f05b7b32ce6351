using System.Runtime.InteropServices;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// A batch: header, one entry per record, then the records, each aligned to 8 octets; the whole a multiple of 4096 octets and at
/// such an offset, so that a write never touches a block with acknowledged data. The header's checksum covers the entries, and an entry
/// holds its record's: header and entries alone tell what is in a segment.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BatchHeader
{
    public const int Octets = 64;
    public const int BlockOctets = 4096;
    public const uint ExpectedMagic = 0x42_54_53_45; // "ESTB"

    public uint Magic;
    public uint Crc;
    public ulong Nonce;
    public long Epoch;

    /// <summary>1, 2, 3… in the segment.</summary>
    public int Sequence;
    public int BatchOctets;
    public int Count;
    public BatchFlags Flags;
    private readonly long _reserved1;
    private readonly long _reserved2;
    private readonly long _reserved3;

    /// <summary>Where the first record starts, counted from the batch.</summary>
    public readonly int FirstRecord => Octets + (Count * BatchEntry.Octets);

    public static int Align(int octets, int to) => checked(octets + to - 1) & ~(to - 1);

    /// <summary>The checksum over header and entries, the crc field taken as zero.</summary>
    public static uint ComputeCrc(uint seed, ReadOnlySpan<byte> headerAndEntries) =>
        Checksum.Add(Checksum.Add(seed, headerAndEntries[..4]), headerAndEntries[8..]);
}

[Flags]
internal enum BatchFlags
{
    None = 0,

    /// <summary>Survivors moved here from other segments.</summary>
    Moved = 1,
}

/// <summary>What is known of a record without reading it: enough to list the queue.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BatchEntry
{
    public const int Octets = 64;

    public int RecordOctets;
    public uint RecordCrc;
    public long IdSeconds;
    public int IdMicroseconds;
    public uint IdNumber;

    /// <summary>Random; names the message for good, also when a queue ID is used again, and is part of its body file's name.</summary>
    public long Serial;
    public long ArrivalTicks;
    public long DueTicks;
    public long ContentOctets;
    public QueueName Queue;
    public MessageFlags Flags;

    /// <summary>How often the message has been moved; of two copies the higher counts.</summary>
    public ushort Moves;
    private readonly int _reserved;

    public readonly QueueId Id => new(IdSeconds, IdMicroseconds, IdNumber);

    public readonly int AlignedOctets => BatchHeader.Align(RecordOctets, 8);
}

[Flags]
internal enum MessageFlags : byte
{
    None = 0,
    HasBodyFile = 1,
    IsForceExpired = 2,
    IsDelayWarned = 4,
}
