using Estafeta.Mail.Dsn;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// Moves what lives in a segment to the survivors' own segment, with its outcomes merged into the record, so that the file can be used
/// again. Done when little of an old segment lives, when its journal is full, and when its file failed. Used by the housekeeper.
/// </summary>
internal sealed class Compaction(QueueIndex index, OutcomeJournal journal, SegmentAppender survivors, StoreHealthMonitor health, StoreOptions options)
{
    private const long StepOctets = 512 * 1024;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);
    private readonly DurableFileSystem _disk = options.FileSystem;

    /// <summary>Segments that cannot keep what happens to their messages: they come first and at once.</summary>
    public List<Segment> Urgent() => index.Segments.FindAll(s =>
        s.State == SegmentState.Closed && (s.IsDamaged || s.IsJournalFull) && s.Live > 0 && MayTry(s));

    /// <summary>The segment whose compaction wins most, or null when none is worth it.</summary>
    public Segment? Next()
    {
        // When space is short anything that frees some is worth it.
        var isPressed = health.Health == StoreHealth.Full;
        var percent = isPressed ? 90 : options.CompactionPercent;
        Segment? best = null;
        foreach (var segment in index.Segments)
        {
            var isOld = isPressed || options.Time.GetElapsedTime(segment.ClosedAt) >= options.CompactionAge;
            if (segment.State == SegmentState.Closed && segment.Live > 0 && isOld && MayTry(segment)
                && segment.LiveOctets * 100 < (long)segment.FileOctets * percent
                && (best == null || segment.LiveOctets < best.LiveOctets))
            {
                best = segment;
            }
        }

        return best;
    }

    /// <summary>Moves all that can be read; what cannot stays where it is. False when writing failed.</summary>
    public bool MoveSurvivors(Segment segment)
    {
        for (var from = 0; ;)
        {
            var snapshots = index.SnapshotSurvivors(segment, StepOctets, ref from);
            if (snapshots.Count == 0)
            {
                return true;
            }

            var copies = new List<PendingRecord>(snapshots.Count);
            var copied = new List<MessageSnapshot>(snapshots.Count);
            try
            {
                foreach (var snapshot in snapshots)
                {
                    if (TryCopy(segment, snapshot) is { } copy)
                    {
                        copies.Add(copy);
                        copied.Add(snapshot);
                    }
                }

                Write(segment, copies.ToArray(), copied);
            }
            catch (UnixException e)
            {
                if (!e.IsNoSpace)
                {
                    health.WriteFailed(e.Message);
                }

                return false;
            }
            finally
            {
                copies.ForEach(c => c.Dispose());
            }
        }
    }

    private bool MayTry(Segment segment) => segment.CompactNotBefore == 0 || options.Time.GetTimestamp() >= segment.CompactNotBefore;

    private void Write(Segment from, ReadOnlySpan<PendingRecord> copies, List<MessageSnapshot> copied)
    {
        for (var done = 0; done < copies.Length;)
        {
            var to = survivors.Append(copies[done..], out var taken);
            health.WriteSucceeded();
            for (var i = 0; i < taken; i++)
            {
                index.Moved(copied[done + i], copies[done + i], from, to);
            }

            done += taken;
        }
    }

    private PendingRecord? TryCopy(Segment segment, in MessageSnapshot snapshot)
    {
        var state = snapshot.State;
        try
        {
            var record = new byte[state.RecordOctets];
            _disk.Read(segment.File, record, state.Offset);
            var header = RecordHeader.Read(record);
            var outcomes = new SortedDictionary<int, DeliveryStatus>();
            OutcomeCodec.Read(header.Outcomes(record), (recipient, status) => outcomes[recipient] = status);
            journal.Read(segment, state, (recipient, status) => outcomes[recipient] = status);
            foreach (var outcome in snapshot.Outcomes)
            {
                outcomes[outcome.RecipientIndex] = outcome.Status;
            }

            return RecordBuilder.Moved(state, record, header, outcomes);
        }
        catch (Exception e) when (e is UnixException or InvalidDataException)
        {
            options.Warn($"queue store: {state.Id}: unreadable in {segment.File.Path}: {e.Message}");
            segment.CompactNotBefore = options.Time.GetTimestamp() + (long)(RetryAfter.TotalSeconds * options.Time.TimestampFrequency);
            return null;
        }
    }
}
