using System.Runtime.InteropServices;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// Block 0 of a segment file. Writing it with a new epoch and nonce is what makes a segment empty: nothing of its earlier life
/// validates any more, because every checksum starts from them. The nonce is random, so that nobody can send a message
/// whose text passes for a batch of the log.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct SegmentHeader
{
    public const int Octets = 4096;
    private const ulong ExpectedMagic = 0x31_47_45_53_41_54_53_45; // "ESTASEG1"

    public ulong Magic;

    /// <summary>One more for each use of any segment; never repeats.</summary>
    public long Epoch;
    public ulong Nonce;
    public int FileOctets;
    public int JournalOctets;
    public uint Crc;

    public readonly uint Seed => (uint)Nonce ^ (uint)(Nonce >> 32) ^ (uint)Epoch;

    public static SegmentHeader Create(long epoch, ulong nonce, int fileOctets, int journalOctets)
    {
        var header = new SegmentHeader
        {
            Magic = ExpectedMagic,
            Epoch = epoch,
            Nonce = nonce,
            FileOctets = fileOctets,
            JournalOctets = journalOctets,
        };
        header.Crc = header.ComputeCrc();
        return header;
    }

    /// <summary>False for anything but an intact header of this version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out SegmentHeader header) =>
        MemoryMarshal.TryRead(block, out header) && header.Magic == ExpectedMagic && header.Crc == header.ComputeCrc()
        && header.FileOctets > Octets && header.JournalOctets > 0 && header.JournalOctets < header.FileOctets;

    private readonly uint ComputeCrc()
    {
        var copy = this;
        copy.Crc = 0;
        return Checksum.Add(0, MemoryMarshal.AsBytes(new ReadOnlySpan<SegmentHeader>(in copy)));
    }
}
