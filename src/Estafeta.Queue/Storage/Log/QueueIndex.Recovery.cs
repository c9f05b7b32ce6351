using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;

namespace Estafeta.Queue.Storage.Log;

/// <summary>Taking in the messages of earlier runs, one segment at a step.</summary>
internal sealed partial class QueueIndex
{
    /// <summary>Adds the live messages of a segment. Returns IDs that belonged to two different messages: the older got another one.</summary>
    public List<QueueId> AddRecovered(Segment segment, SegmentContents contents, HashSet<long> removedSerials)
    {
        var conflicts = new List<QueueId>();
        lock (_gate)
        {
            segment.JournalTail = contents.JournalTail;
            segment.JournalCrc = contents.JournalCrc;
            foreach (var (recorded, offset) in contents.Records)
            {
                if (!contents.Removed.Contains(offset))
                {
                    AddRecovered(segment, contents, recorded, offset, removedSerials, conflicts);
                }
            }

            segment.State = SegmentState.Closed;
            segment.ClosedAt = time.GetTimestamp();
            NoteIfDead(segment);
        }

        return conflicts;
    }

    private void AddRecovered(
        Segment segment, SegmentContents contents, BatchEntry entry, int offset, HashSet<long> removedSerials, List<QueueId> conflicts)
    {
        if (removedSerials.Contains(entry.Serial))
        {
            NoteRemoval(segment, offset);
            return;
        }

        var journalOffset = 0;
        if (contents.States.TryGetValue(offset, out var state))
        {
            journalOffset = state.Offset;
            entry.DueTicks = state.Entry.DueTicks;
            entry.Queue = state.Entry.Queue;
            entry.Flags = state.Entry.Flags;
        }

        for (var other = _messages.Find(entry.Id); other >= 0; other = _messages.Find(entry.Id))
        {
            ref var known = ref _messages[other];
            if (known.Serial != entry.Serial)
            {
                conflicts.Add(entry.Id);
                entry.IdNumber++;
                continue;
            }

            if (known.Moves >= entry.Moves)
            {
                NoteRemoval(segment, offset);
                return;
            }

            Leave(SegmentOf(other), known.Offset, known.RecordOctets);
            _messages.Remove(other);
        }

        Add(segment, entry, offset, journalOffset);
    }
}
