using System.Runtime.InteropServices;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// An entry of a segment's journal: what happened to messages of this segment after they were written. Each checksum starts from the one
/// before, so reading stops exactly where the chain breaks and old bytes behind the end can never come back to life.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct JournalEntry
{
    public const int Octets = 40;

    /// <summary>What the removal of one record may need; kept free for every record, so that removing never waits for space.</summary>
    public const int RemovalOctets = Octets + 8;

    public uint Crc;

    /// <summary>Checksum of the entry before, or the segment's seed.</summary>
    public uint PreviousCrc;
    public int PayloadOctets;

    /// <summary>The message's record, by its offset in the segment.</summary>
    public int RecordOffset;

    /// <summary>The message's entry before this one; 0 for none.</summary>
    public int PreviousEntry;
    public int Reserved;
    public long DueTicks;
    public JournalOperation Operation;
    public QueueName Queue;
    public MessageFlags Flags;
    private readonly byte _reserved1;
    private readonly int _reserved2;

    public readonly int AlignedOctets => BatchHeader.Align(Octets + PayloadOctets, 8);

    public static uint ComputeCrc(ReadOnlySpan<byte> entry) => Checksum.Add(0, entry[4..]);
}

internal enum JournalOperation : byte
{
    /// <summary>The payload lists offsets of records whose messages are done with.</summary>
    Remove = 1,

    /// <summary>Queue, due time and flags as they are now; the payload holds outcomes since the entry before.</summary>
    State = 2,
}
