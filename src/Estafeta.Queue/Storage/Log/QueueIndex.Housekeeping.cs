using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;

namespace Estafeta.Queue.Storage.Log;

/// <summary>The housekeeper's side of the index: the life of segments, and handing out changes to be written.</summary>
internal sealed partial class QueueIndex
{
    // Segments with removals that are not in their journal.
    private readonly List<Segment> _unwritten = [];

    public bool HasPendingChanges
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count > 0 || _unwritten.Count > 0;
            }
        }
    }

    /// <summary>Whether changes cannot be written because the file of their message takes none.</summary>
    public bool HasBlockedChanges
    {
        get
        {
            lock (_gate)
            {
                foreach (var segment in _unwritten)
                {
                    if (segment.IsDamaged && !segment.IsDead)
                    {
                        return true;
                    }
                }

                foreach (var index in _pending.Keys)
                {
                    var segment = SegmentOf(index);
                    if (segment.IsDamaged || segment.IsJournalFull)
                    {
                        return true;
                    }
                }

                return false;
            }
        }
    }

    /// <summary>An appender starts to fill the segment.</summary>
    public void Open(Segment segment)
    {
        lock (_gate)
        {
            Register(segment);
            segment.State = SegmentState.Open;
        }

        workAppeared(); // there is a spare segment less, and perhaps no room for another: smtpd is to know before this one is full
    }

    /// <summary>Gives a segment of an earlier run its place before its messages are known.</summary>
    public void AddUnread(Segment segment)
    {
        lock (_gate)
        {
            Register(segment);
            segment.State = SegmentState.Unread;
        }
    }

    public void Close(Segment segment)
    {
        lock (_gate)
        {
            segment.State = SegmentState.Closed;
            segment.ClosedAt = time.GetTimestamp();
            NoteIfDead(segment);
        }
    }

    /// <summary>A write or sync failed: the file takes no more messages and what lives in it moves out.</summary>
    public void Abandon(Segment segment)
    {
        lock (_gate)
        {
            segment.IsDamaged = true;
            if (segment.State == SegmentState.Open)
            {
                segment.State = SegmentState.Closed;
                segment.ClosedAt = time.GetTimestamp();
            }

            NoteIfDead(segment);
            workAppeared();
        }
    }

    /// <summary>Takes the segments without live messages out of use; their files may be emptied.</summary>
    public List<Segment> TakeDead()
    {
        lock (_gate)
        {
            if (!_hasDeadSegments)
            {
                return [];
            }

            _hasDeadSegments = false;
            var dead = new List<Segment>();
            foreach (var segment in _segments)
            {
                if (segment is { IsDead: true })
                {
                    dead.Add(segment);
                }
            }

            foreach (var segment in dead)
            {
                _segments[segment.Index] = null;
                _unwritten.Remove(segment);
            }

            return dead;
        }
    }

    public List<Segment> Segments
    {
        get
        {
            lock (_gate)
            {
                var segments = new List<Segment>(_segments.Count);
                foreach (var segment in _segments)
                {
                    if (segment != null)
                    {
                        segments.Add(segment);
                    }
                }

                return segments;
            }
        }
    }

    /// <summary>Takes the removals that are to be written, and the bodies that may go once they are.</summary>
    public List<SegmentRemovals> TakeRemovals()
    {
        lock (_gate)
        {
            var taken = new List<SegmentRemovals>(_unwritten.Count);
            for (var i = _unwritten.Count - 1; i >= 0; i--)
            {
                var segment = _unwritten[i];

                // A damaged file takes no writes; its removals count when it is emptied or gone.
                if (!segment.IsDead && !segment.IsDamaged)
                {
                    taken.Add(new SegmentRemovals(segment, segment.PendingRemovals, segment.DoomedBodies));
                    segment.PendingRemovals = [];
                    segment.DoomedBodies = null;
                    _unwritten.RemoveAt(i);
                }
            }

            return taken;
        }
    }

    /// <summary>The removals could not be written: they are pending again.</summary>
    public void GiveBack(SegmentRemovals removals)
    {
        lock (_gate)
        {
            var segment = removals.Segment;
            if (segment.PendingRemovals.Count == 0 && _segments[segment.Index] == segment)
            {
                _unwritten.Add(segment);
            }

            segment.PendingRemovals.AddRange(removals.Offsets);
            if (removals.Bodies != null)
            {
                (segment.DoomedBodies ??= []).AddRange(removals.Bodies);
            }
        }
    }

    /// <summary>Changed messages whose segments can take journal entries.</summary>
    public List<MessageSnapshot> SnapshotChanges()
    {
        lock (_gate)
        {
            var snapshots = new List<MessageSnapshot>(_pending.Count);
            foreach (var index in _pending.Keys)
            {
                var segment = SegmentOf(index);
                if (!segment.IsJournalFull && !segment.IsDamaged)
                {
                    snapshots.Add(Snapshot(index));
                }
            }

            return snapshots;
        }
    }

    public Segment SegmentAt(int index)
    {
        lock (_gate)
        {
            return _segments[index]!; // the caller holds a snapshot of a message in it
        }
    }

    /// <summary>The changes of the snapshot are in the journal at this offset.</summary>
    public void ChangesWritten(in MessageSnapshot snapshot, int journalOffset)
    {
        lock (_gate)
        {
            if (snapshot.Pending is { IsDropped: false })
            {
                _messages[snapshot.TableIndex].JournalOffset = journalOffset;
                Settle(snapshot);
            }
        }
    }

    /// <summary>Keeps room in the journal for the removal of this many new records, as far as there is; returns for how many.</summary>
    public int ReserveRemovals(Segment segment, int records)
    {
        lock (_gate)
        {
            var room = segment.IsJournalFull || segment.IsDamaged ? 0 : (JournalRoom(segment) / JournalEntry.RemovalOctets) - segment.Live;
            segment.InFlight = Math.Clamp(room, 0, records);
            return segment.InFlight;
        }
    }

    /// <summary>Takes room in the journal; returns where, or 0 when there is too little. Removals always find room.</summary>
    public int TakeJournalRoom(Segment segment, int octets, bool isRemoval)
    {
        lock (_gate)
        {
            var reserved = isRemoval ? 0 : (segment.Live + segment.InFlight) * JournalEntry.RemovalOctets;
            if (JournalRoom(segment) - reserved < octets)
            {
                segment.IsJournalFull = true;
                return 0;
            }

            var offset = segment.JournalTail;
            segment.JournalTail += octets;
            return offset;
        }
    }

    /// <summary>The live messages of a segment, for moving them; at most this many octets of records, from a table position on.</summary>
    public List<MessageSnapshot> SnapshotSurvivors(Segment segment, long maximumOctets, ref int from)
    {
        const int step = 16 * 1024;
        var survivors = new List<MessageSnapshot>();
        while (true)
        {
            lock (_gate)
            {
                var end = Math.Min(_messages.End, from + step);
                for (; from < end && maximumOctets > 0; from++)
                {
                    ref var state = ref _messages[from];
                    if (state.IsUsed && state.Segment == segment.Index)
                    {
                        survivors.Add(Snapshot(from));
                        maximumOctets -= state.RecordOctets;
                    }
                }

                if (from >= _messages.End || maximumOctets <= 0)
                {
                    return survivors;
                }
            }
        }
    }

    /// <summary>The copy is on disk and takes the record's place, unless the message was removed meanwhile.</summary>
    public void Moved(in MessageSnapshot snapshot, PendingRecord copy, Segment from, Segment to)
    {
        lock (_gate)
        {
            to.InFlight = 0;
            ref var state = ref _messages[snapshot.TableIndex];
            if (!state.IsUsed || state.Serial != snapshot.State.Serial || state.Segment != from.Index)
            {
                NoteRemoval(to, copy.Offset);
                return;
            }

            to.Live++;
            to.LiveOctets += copy.Entry.AlignedOctets;
            Leave(from, state.Offset, state.RecordOctets);
            state.Segment = to.Index;
            state.Offset = copy.Offset;
            state.RecordOctets = copy.Entry.RecordOctets;
            state.JournalOffset = 0;
            state.Moves = copy.Entry.Moves;
            if (snapshot.Pending is { IsDropped: false })
            {
                Settle(snapshot);
            }
        }
    }

    private static int JournalRoom(Segment segment) =>
        segment.JournalEnd - segment.JournalTail - (segment.PendingRemovals.Count * JournalEntry.RemovalOctets);

    private void Register(Segment segment)
    {
        var free = _segments.IndexOf(null);
        if (free < 0)
        {
            free = _segments.Count;
            _segments.Add(null);
        }

        _segments[free] = segment;
        segment.Index = free;
    }

    // What the snapshot holds is durable now; what came after it stays pending.
    private void Settle(in MessageSnapshot snapshot)
    {
        var pending = snapshot.Pending!; // the callers checked
        pending.Outcomes.RemoveRange(0, snapshot.Outcomes.Length);
        if (pending.Version == snapshot.Version)
        {
            _pending.Remove(snapshot.TableIndex);
        }
    }
}

/// <summary>Records of a segment that are done with, and their body files.</summary>
internal readonly record struct SegmentRemovals(Segment Segment, List<int> Offsets, List<long>? Bodies);
