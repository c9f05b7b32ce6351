using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Estafeta.Mail.Dsn;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// Writes what became of messages into the journal of the segment each is in, and reads it back. Lazily: a crash may lose the last
/// second, which can repeat a delivery and never loses a message. Writing is the housekeeper's alone.
/// </summary>
internal sealed class OutcomeJournal(QueueIndex index, StoreOptions options)
{
    private const int OffsetsPerEntry = 1000;
    private readonly DurableFileSystem _disk = options.FileSystem;
    private byte[] _entry = new byte[4096];

    /// <summary>Hands all changes to the operating system. What fails stays pending, and its segment has been given up.</summary>
    public void Write()
    {
        foreach (var removals in index.TakeRemovals())
        {
            WriteRemovals(removals);
        }

        foreach (var change in index.SnapshotChanges())
        {
            WriteChange(change);
        }
    }

    /// <summary>Waits for the disk. Returns the body files that no record on disk refers to any more.</summary>
    public List<long> Sync()
    {
        var bodies = new List<long>();
        foreach (var segment in index.Segments)
        {
            if (!segment.IsJournalDirty || segment.IsDamaged)
            {
                continue;
            }

            try
            {
                segment.IsJournalDirty = false;
                _disk.SyncData(segment.File);
                bodies.AddRange(segment.WrittenBodies);
                segment.WrittenBodies.Clear();
            }
            catch (UnixException e)
            {
                GiveUp(segment, e);
            }
        }

        return bodies;
    }

    /// <summary>Outcomes of one message from its journal entries, oldest first.</summary>
    public void Read(Segment segment, in MessageState state, Action<int, DeliveryStatus> found)
    {
        var payloads = new List<byte[]>();
        Span<byte> headerOctets = stackalloc byte[JournalEntry.Octets];
        for (var offset = state.JournalOffset; offset != 0;)
        {
            _disk.Read(segment.File, headerOctets, offset);
            var header = MemoryMarshal.Read<JournalEntry>(headerOctets);
            var isSane = header.Operation == JournalOperation.State && header.RecordOffset == state.Offset && header.PreviousEntry < offset
                && header.PayloadOctets >= 0 && header.PayloadOctets <= segment.JournalEnd - offset;
            var payload = isSane ? new byte[header.PayloadOctets] : [];
            _disk.Read(segment.File, payload, offset + JournalEntry.Octets);
            if (!isSane || Checksum.Add(Checksum.Add(0, headerOctets[4..]), payload) != header.Crc)
            {
                // Losing outcomes repeats deliveries; losing the message would be worse.
                options.Warn($"queue store: {state.Id}: earlier delivery results are unreadable in {segment.File.Path}");
                break;
            }

            payloads.Add(payload);
            offset = header.PreviousEntry;
        }

        for (var i = payloads.Count - 1; i >= 0; i--)
        {
            OutcomeCodec.Read(payloads[i], found);
        }
    }

    private void WriteRemovals(SegmentRemovals removals)
    {
        var segment = removals.Segment;
        var offsets = CollectionsMarshal.AsSpan(removals.Offsets);
        while (!offsets.IsEmpty)
        {
            var part = offsets[..Math.Min(offsets.Length, OffsetsPerEntry)];
            var entry = new JournalEntry { Operation = JournalOperation.Remove, PayloadOctets = part.Length * 4 };
            var payload = Begin(entry);
            for (var i = 0; i < part.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(payload[(i * 4)..], part[i]);
            }

            if (Append(segment, ref entry, isRemoval: true) == 0)
            {
                index.GiveBack(removals);
                return;
            }

            offsets = offsets[part.Length..];
        }

        if (removals.Bodies != null)
        {
            segment.WrittenBodies.AddRange(removals.Bodies);
        }
    }

    private void WriteChange(in MessageSnapshot change)
    {
        var segment = index.SegmentAt(change.State.Segment);
        if (segment.IsJournalFull || segment.IsDamaged)
        {
            return;
        }

        var outcomes = new TlvWriter(1024);
        try
        {
            OutcomeCodec.Write(ref outcomes, change.Outcomes);
            var entry = new JournalEntry
            {
                Operation = JournalOperation.State,
                PayloadOctets = outcomes.Length,
                RecordOffset = change.State.Offset,
                PreviousEntry = change.State.JournalOffset,
                DueTicks = change.State.DueTicks,
                Queue = DurableQueue(change.State.Queue),
                Flags = change.State.Flags,
            };
            outcomes.Written.CopyTo(Begin(entry));
            var offset = Append(segment, ref entry, isRemoval: false);
            if (offset != 0)
            {
                index.ChangesWritten(change, offset);
            }
        }
        finally
        {
            outcomes.Dispose();
        }
    }

    /// <summary>Active is a state of this run only.</summary>
    public static QueueName DurableQueue(QueueName queue) => queue == QueueName.Active ? QueueName.Incoming : queue;

    private Span<byte> Begin(in JournalEntry entry)
    {
        if (_entry.Length < entry.AlignedOctets)
        {
            _entry = new byte[Math.Max(entry.AlignedOctets, _entry.Length * 2)];
        }

        var whole = _entry.AsSpan(0, entry.AlignedOctets);
        whole[(JournalEntry.Octets + entry.PayloadOctets)..].Clear();
        return whole.Slice(JournalEntry.Octets, entry.PayloadOctets);
    }

    // Returns the entry's offset, or 0 when it is not written.
    private int Append(Segment segment, ref JournalEntry entry, bool isRemoval)
    {
        var offset = index.TakeJournalRoom(segment, entry.AlignedOctets, isRemoval);
        if (offset == 0)
        {
            return 0;
        }

        var whole = _entry.AsSpan(0, entry.AlignedOctets);
        entry.PreviousCrc = segment.JournalCrc;
        MemoryMarshal.Write(whole, in entry);
        entry.Crc = JournalEntry.ComputeCrc(whole[..(JournalEntry.Octets + entry.PayloadOctets)]);
        MemoryMarshal.Write(whole, in entry);
        try
        {
            _disk.Write(segment.File, whole, offset);
        }
        catch (UnixException e)
        {
            GiveUp(segment, e);
            return 0;
        }

        segment.JournalCrc = entry.Crc;
        segment.IsJournalDirty = true;
        return offset;
    }

    private void GiveUp(Segment segment, UnixException reason)
    {
        options.Warn($"queue store: {reason.Message}");
        index.Abandon(segment);
    }
}
