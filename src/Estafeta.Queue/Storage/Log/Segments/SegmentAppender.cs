using System.Runtime.InteropServices;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Segments;

/// <summary>
/// Writes batches to the end of its own open segment, durable when it returns. The store has two: one for new mail, one for moved
/// survivors, so that what stays long is kept apart from what goes soon. Used by one thread at a time.
/// </summary>
internal sealed class SegmentAppender(QueueIndex index, SegmentPool pool, StoreOptions options, BatchFlags flags)
{
    private readonly DurableFileSystem _disk = options.FileSystem;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(options.BatchOctets, pinned: true);
    private Segment? _segment;

    /// <summary>
    /// Writes the first of the records, at least one, as a single batch; returns how many and where. When it throws, none of the records
    /// counts as written and the segment has been given up: the same pages are never written or synced again.
    /// </summary>
    /// <param name="taken">Also set when it throws: how many records were to be written.</param>
    public Segment Append(ReadOnlySpan<PendingRecord> records, out int taken)
    {
        taken = 1;
        var segment = OpenFor(records[0]);
        var room = Math.Min(options.BatchOctets, segment.FileOctets - segment.Tail);
        taken = index.ReserveRemovals(segment, Fit(records, records.Length, room, out _));
        Fit(records, taken, room, out var octets);
        var batch = octets <= _buffer.Length ? _buffer.AsSpan(0, octets) : new byte[octets];
        Compose(batch, segment, records[..taken]);
        try
        {
            _disk.Write(segment.File, batch, segment.Tail);
            _disk.SyncData(segment.File);
        }
        catch (IOException)
        {
            _segment = null;
            index.Abandon(segment);
            throw;
        }

        segment.Tail += octets;
        segment.Sequence++;
        return segment;
    }

    /// <summary>Closes the open segment when its journal takes no more.</summary>
    public void CloseFullSegment()
    {
        if (_segment is { IsJournalFull: true })
        {
            CloseSegment();
        }
    }

    /// <summary>Closes the open segment, so that housekeeping may deal with it.</summary>
    public void CloseSegment()
    {
        if (_segment is { } segment)
        {
            _segment = null;
            index.Close(segment);
        }
    }

    private static int BatchOctets(int records, int recordOctets) =>
        BatchHeader.Align(BatchHeader.Octets + (records * BatchEntry.Octets) + recordOctets, BatchHeader.BlockOctets);

    private Segment OpenFor(PendingRecord first)
    {
        var needed = BatchOctets(1, first.Entry.AlignedOctets);
        if (_segment is { } open && (open.Tail + needed > open.FileOctets || index.ReserveRemovals(open, 1) == 0))
        {
            CloseSegment();
        }

        if (_segment == null)
        {
            _segment = pool.Take(needed, flags.HasFlag(BatchFlags.Moved));
            index.Open(_segment);
        }

        return _segment;
    }

    // The first record always goes: its segment was chosen for it.
    private static int Fit(ReadOnlySpan<PendingRecord> records, int maximum, int room, out int octets)
    {
        var count = 1;
        var recordOctets = records[0].Entry.AlignedOctets;
        while (count < maximum && BatchOctets(count + 1, recordOctets + records[count].Entry.AlignedOctets) <= room)
        {
            recordOctets += records[count].Entry.AlignedOctets;
            count++;
        }

        octets = BatchOctets(count, recordOctets);
        return count;
    }

    private void Compose(Span<byte> batch, Segment segment, ReadOnlySpan<PendingRecord> records)
    {
        var header = new BatchHeader
        {
            Magic = BatchHeader.ExpectedMagic,
            Nonce = segment.Header.Nonce,
            Epoch = segment.Header.Epoch,
            Sequence = segment.Sequence + 1,
            BatchOctets = batch.Length,
            Count = records.Length,
            Flags = flags,
        };
        var at = header.FirstRecord;
        for (var i = 0; i < records.Length; i++)
        {
            var record = records[i];
            MemoryMarshal.Write(batch[(BatchHeader.Octets + (i * BatchEntry.Octets))..], in record.Entry);
            record.CopyTo(batch[at..]);
            batch[(at + record.Entry.RecordOctets)..(at + record.Entry.AlignedOctets)].Clear();
            record.Offset = segment.Tail + at;
            at += record.Entry.AlignedOctets;
        }

        batch[at..].Clear();
        MemoryMarshal.Write(batch, in header);
        header.Crc = BatchHeader.ComputeCrc(segment.Seed, batch[..header.FirstRecord]);
        MemoryMarshal.Write(batch, in header);
    }
}
