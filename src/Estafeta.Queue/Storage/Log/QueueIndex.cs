using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// What the store knows in memory: the messages, the segments in use and the changes not yet written. One lock, held for short
/// steps and never during I/O. Everything here follows the disk: a message enters after its record is durable.
/// </summary>
internal sealed partial class QueueIndex(TimeProvider time, Action workAppeared)
{
    private readonly Lock _gate = new();
    private readonly MessageTable _messages = new();
    private readonly List<Segment?> _segments = [];
    private readonly Dictionary<int, PendingState> _pending = [];
    private bool _hasDeadSegments;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _messages.Count;
            }
        }
    }

    public QueueEntry? FindEntry(QueueId id)
    {
        lock (_gate)
        {
            var index = _messages.Find(id);
            return index < 0 ? null : _messages[index].ToEntry();
        }
    }

    /// <summary>Copies the messages between two table positions, for a listing that holds the lock only for moments.</summary>
    /// <returns>Where to go on, or -1 at the end.</returns>
    public int CopyEntries(int from, List<QueueEntry> to, int atMost)
    {
        lock (_gate)
        {
            for (; from < _messages.End && to.Count < atMost; from++)
            {
                ref var state = ref _messages[from];
                if (state.IsUsed)
                {
                    to.Add(state.ToEntry());
                }
            }

            return from < _messages.End ? from : -1;
        }
    }

    /// <summary>Adds the messages of a batch that is on disk. Returns those whose ID is taken, which are removed again; usually null.</summary>
    public HashSet<PendingRecord>? AddAll(Segment segment, ReadOnlySpan<PendingRecord> records)
    {
        HashSet<PendingRecord>? refused = null;
        lock (_gate)
        {
            segment.InFlight = 0;
            foreach (var record in records)
            {
                if (_messages.Find(record.Entry.Id) >= 0)
                {
                    (refused ??= []).Add(record);
                    NoteRemoval(segment, record.Offset);
                    continue;
                }

                Add(segment, record.Entry, record.Offset, journalOffset: 0);
            }
        }

        return refused;
    }

    public void RecordOutcomes(QueueId id, IReadOnlyList<RecipientOutcome> outcomes)
    {
        lock (_gate)
        {
            var index = _messages.Find(id);
            if (index >= 0 && outcomes.Count > 0)
            {
                Change(index).Outcomes.AddRange(outcomes);
            }
        }
    }

    public void Move(QueueId id, QueueName queue, DateTimeOffset due)
    {
        lock (_gate)
        {
            var index = _messages.Find(id);
            if (index < 0)
            {
                return;
            }

            ref var state = ref _messages[index];
            var wasHeld = state.Queue == QueueName.Hold;
            state.Queue = queue;
            state.DueTicks = due.UtcTicks;

            // What a crash finds active is tried again anyway, so becoming active is not worth a write; being released is.
            if (queue != QueueName.Active || wasHeld)
            {
                Change(index);
            }
        }
    }

    /// <returns>False when there is no such message, or it has these flags.</returns>
    public bool Mark(QueueId id, MessageFlags flags)
    {
        lock (_gate)
        {
            var index = _messages.Find(id);
            if (index < 0 || _messages[index].Flags.HasFlag(flags))
            {
                return false;
            }

            _messages[index].Flags |= flags;
            Change(index);
            return true;
        }
    }

    public void Remove(QueueId id)
    {
        lock (_gate)
        {
            var index = _messages.Find(id);
            if (index >= 0)
            {
                RemoveAt(index);
            }
        }
    }

    /// <summary>A consistent view for reading the record; the segment stays until <see cref="Unpin"/>.</summary>
    public MessageSnapshot? Pin(QueueId id, out Segment? segment)
    {
        lock (_gate)
        {
            segment = null;
            var index = _messages.Find(id);
            if (index < 0)
            {
                return null;
            }

            segment = SegmentOf(index);
            segment.Readers++;
            return Snapshot(index);
        }
    }

    public void Unpin(Segment segment)
    {
        lock (_gate)
        {
            segment.Readers--;
            NoteIfDead(segment);
        }
    }

    private void Add(Segment segment, in BatchEntry entry, int offset, int journalOffset)
    {
        _messages.Add(new MessageState
        {
            Id = entry.Id,
            Serial = entry.Serial,
            ArrivalTicks = entry.ArrivalTicks,
            DueTicks = entry.DueTicks,
            ContentOctets = entry.ContentOctets,
            Segment = segment.Index,
            Offset = offset,
            RecordOctets = entry.RecordOctets,
            JournalOffset = journalOffset,
            Moves = entry.Moves,
            Queue = entry.Queue,
            Flags = entry.Flags,
        });
        segment.Live++;
        segment.LiveOctets += entry.AlignedOctets;
    }

    private void RemoveAt(int index)
    {
        ref var state = ref _messages[index];
        var segment = SegmentOf(index);
        if (state.Flags.HasFlag(MessageFlags.HasBodyFile))
        {
            (segment.DoomedBodies ??= []).Add(state.Serial);
        }

        Leave(segment, state.Offset, state.RecordOctets);
        if (_pending.Remove(index, out var pending))
        {
            pending.IsDropped = true;
        }

        _messages.Remove(index);
    }

    // The record is no longer anyone's: by removal, or because a copy elsewhere took its place.
    private void Leave(Segment segment, int offset, int recordOctets)
    {
        segment.Live--;
        segment.LiveOctets -= BatchHeader.Align(recordOctets, 8);
        NoteRemoval(segment, offset);
        NoteIfDead(segment);
    }

    private void NoteRemoval(Segment segment, int offset)
    {
        segment.PendingRemovals.Add(offset);
        if (segment.PendingRemovals.Count == 1)
        {
            _unwritten.Add(segment);
            workAppeared();
        }
    }

    private void NoteIfDead(Segment segment)
    {
        if (segment.IsDead && !_hasDeadSegments)
        {
            _hasDeadSegments = true;
            workAppeared();
        }
    }

    private PendingState Change(int index)
    {
        if (!_pending.TryGetValue(index, out var pending))
        {
            pending = new PendingState();
            _pending.Add(index, pending);
            if (_pending.Count == 1)
            {
                workAppeared();
            }
        }

        pending.Version++;
        return pending;
    }

    private MessageSnapshot Snapshot(int index)
    {
        _pending.TryGetValue(index, out var pending);
        return new MessageSnapshot(index, _messages[index], pending, pending?.Version ?? 0, pending?.Outcomes.ToArray() ?? []);
    }

    private Segment SegmentOf(int index) => _segments[_messages[index].Segment]!; // a message's segment is in use
}
