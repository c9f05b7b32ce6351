using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Segments;

/// <summary>What one segment of an earlier run holds, as far as it can be believed.</summary>
internal sealed class SegmentContents
{
    public List<(BatchEntry Entry, int Offset)> Records { get; } = [];

    public HashSet<int> Removed { get; } = [];

    /// <summary>The latest state entry of each changed record, and where it is.</summary>
    public Dictionary<int, (JournalEntry Entry, int Offset)> States { get; } = [];

    public int JournalTail { get; set; } = SegmentHeader.Octets;

    public uint JournalCrc { get; set; }

    public bool HoldsMoved { get; set; }
}

/// <summary>
/// Reads a segment after a restart. Batches were written one after the other, each durable before the next began: so all but the
/// last are believed by their header, the last one only when every record in it is whole. A batch found behind a break means
/// damage, not a crash: what is intact is kept, and an operator told.
/// </summary>
internal sealed class SegmentReader(StoreOptions options)
{
    private const int WindowOctets = 64 * 1024;
    private readonly DurableFileSystem _disk = options.FileSystem;
    private readonly byte[] _block = new byte[BatchHeader.BlockOctets];

    public SegmentContents Read(Segment segment)
    {
        var contents = new SegmentContents();
        ReadBatches(segment, contents);
        ReadJournal(segment, contents);
        return contents;
    }

    /// <summary>Whether the segment's first batch holds moved messages: those segments are read before the others.</summary>
    public bool HoldsMoved(Segment segment) =>
        TryReadHeader(segment, segment.DataStart, 1, out var header, out _) && header.Flags.HasFlag(BatchFlags.Moved);

    private void ReadBatches(Segment segment, SegmentContents contents)
    {
        var sequence = 1;
        var lastBatchRecords = 0;
        for (var at = segment.DataStart; at < segment.FileOctets;)
        {
            if (!TryReadHeader(segment, at, sequence, out var header, out var entries))
            {
                var next = FindBatch(segment, at + BatchHeader.BlockOctets, sequence);
                if (next < 0)
                {
                    break;
                }

                options.Warn($"queue store: {segment.File.Path} is damaged at {at}, messages between there and {next} may be lost");
                at = next;
                sequence = 0;
                continue;
            }

            lastBatchRecords = contents.Records.Count;
            AddRecords(contents, header, entries, at);
            contents.HoldsMoved |= header.Flags.HasFlag(BatchFlags.Moved);
            at += header.BatchOctets;
            sequence = header.Sequence + 1;
        }

        DropTornBatch(segment, contents, lastBatchRecords);
    }

    // Sequence 0 takes any.
    private bool TryReadHeader(Segment segment, int at, int sequence, out BatchHeader header, out byte[] entries)
    {
        entries = _block;
        _disk.Read(segment.File, _block, at);
        header = MemoryMarshal.Read<BatchHeader>(_block);
        if (header.Magic != BatchHeader.ExpectedMagic || header.Nonce != segment.Header.Nonce || header.Epoch != segment.Header.Epoch
            || (sequence > 0 && header.Sequence != sequence) || header.Count <= 0 || header.BatchOctets <= 0
            || header.BatchOctets > segment.FileOctets - at || header.BatchOctets % BatchHeader.BlockOctets != 0
            || (long)header.Count * BatchEntry.Octets > header.BatchOctets)
        {
            return false;
        }

        if (header.FirstRecord > entries.Length)
        {
            entries = new byte[header.FirstRecord];
            _disk.Read(segment.File, entries, at);
        }

        return BatchHeader.ComputeCrc(segment.Seed, entries.AsSpan(0, header.FirstRecord)) == header.Crc;
    }

    private static void AddRecords(SegmentContents contents, in BatchHeader header, byte[] entries, int at)
    {
        var list = MemoryMarshal.Cast<byte, BatchEntry>(entries.AsSpan(BatchHeader.Octets, header.Count * BatchEntry.Octets));
        var offset = at + header.FirstRecord;
        foreach (ref readonly var entry in list)
        {
            contents.Records.Add((entry, offset));
            offset += entry.AlignedOctets;
        }
    }

    private int FindBatch(Segment segment, int from, int sequence)
    {
        var window = new byte[WindowOctets];
        for (var at = from; at < segment.FileOctets; at += window.Length)
        {
            var octets = _disk.Read(segment.File, window, at);
            for (var i = 0; i + BatchHeader.Octets <= octets; i += BatchHeader.BlockOctets)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(window.AsSpan(i)) == BatchHeader.ExpectedMagic
                    && TryReadHeader(segment, at + i, 0, out var header, out _) && header.Sequence > sequence)
                {
                    return at + i;
                }
            }
        }

        return -1;
    }

    private void DropTornBatch(Segment segment, SegmentContents contents, int first)
    {
        for (var i = first; i < contents.Records.Count; i++)
        {
            var (entry, offset) = contents.Records[i];
            var record = new byte[Math.Max(0, entry.RecordOctets)];
            var octets = _disk.Read(segment.File, record, offset);
            if (octets != record.Length || record.Length < RecordHeader.Octets || Checksum.Add(0, record.AsSpan(4)) != entry.RecordCrc)
            {
                // Never acknowledged: the whole batch counts as not written.
                contents.Records.RemoveRange(first, contents.Records.Count - first);
                return;
            }
        }
    }

    private void ReadJournal(Segment segment, SegmentContents contents)
    {
        var crc = segment.Seed;
        var header = new byte[JournalEntry.Octets];
        var payload = Array.Empty<byte>();
        var window = new JournalWindow(_disk, segment);
        for (var at = SegmentHeader.Octets; window.TryRead(at, header);)
        {
            var entry = MemoryMarshal.Read<JournalEntry>(header);
            if (entry.PreviousCrc != crc || entry.PayloadOctets < 0 || entry.PayloadOctets > segment.JournalEnd - at - JournalEntry.Octets)
            {
                break;
            }

            payload = payload.Length >= entry.PayloadOctets ? payload : new byte[entry.PayloadOctets * 2];
            var used = payload.AsSpan(0, entry.PayloadOctets);
            if (!window.TryRead(at + JournalEntry.Octets, used) || Checksum.Add(Checksum.Add(0, header.AsSpan(4)), used) != entry.Crc)
            {
                break;
            }

            Apply(contents, entry, used, at);
            crc = entry.Crc;
            at += entry.AlignedOctets;
            contents.JournalTail = at;
        }

        contents.JournalCrc = crc;
    }

    private static void Apply(SegmentContents contents, in JournalEntry entry, ReadOnlySpan<byte> payload, int at)
    {
        if (entry.Operation == JournalOperation.State)
        {
            contents.States[entry.RecordOffset] = (entry, at);
        }
        else if (entry.Operation == JournalOperation.Remove)
        {
            for (; payload.Length >= 4; payload = payload[4..])
            {
                contents.Removed.Add(BinaryPrimitives.ReadInt32LittleEndian(payload));
            }
        }
    }

    /// <summary>The journal through a window that grows with what is read: most journals are short.</summary>
    private sealed class JournalWindow(DurableFileSystem disk, Segment segment)
    {
        private byte[] _octets = [];
        private int _start;
        private int _length;

        public bool TryRead(int at, Span<byte> target)
        {
            if (at + target.Length > segment.JournalEnd)
            {
                return false;
            }

            if (at < _start || at + target.Length > _start + _length)
            {
                _octets = new byte[Math.Max(target.Length, _length == 0 ? 4096 : WindowOctets)];
                _start = at;
                _length = disk.Read(segment.File, _octets, at);
            }

            var from = at - _start;
            if (target.Length > _length - from)
            {
                return false;
            }

            _octets.AsSpan(from, target.Length).CopyTo(target);
            return true;
        }
    }
}
