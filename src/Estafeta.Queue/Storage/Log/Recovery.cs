using Estafeta.Queue.Storage.Log.Bodies;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// Learns the messages of earlier runs, while new mail is already accepted. Segments of moved messages first, so that an older copy of
/// the same message is recognised; then the newest first, since their messages are the ones to go on with.
/// </summary>
internal sealed class Recovery(QueueIndex index, BodyFiles bodies, StoreOptions options)
{
    private readonly SegmentReader _reader = new(options);
    private readonly HashSet<long> _claimedBodies = [];

    // Copies known to be done with: an older copy of one of them must not come back.
    private readonly HashSet<long> _removedSerials = [];

    public void Run(List<Segment> segments, CancellationToken cancellationToken)
    {
        var isComplete = true;
        var moved = new List<Segment>();
        var others = new List<Segment>();
        foreach (var segment in segments)
        {
            (HoldsMoved(segment) ? moved : others).Add(segment);
        }

        foreach (var segment in NewestFirst(moved).Concat(NewestFirst(others)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            isComplete &= TryRead(segment);
        }

        // A body may belong to a message that could not be read.
        if (isComplete)
        {
            bodies.RemoveUnclaimed(_claimedBodies);
        }
    }

    private static IOrderedEnumerable<Segment> NewestFirst(List<Segment> segments) => segments.OrderByDescending(s => s.Header.Epoch);

    private bool HoldsMoved(Segment segment)
    {
        try
        {
            return _reader.HoldsMoved(segment);
        }
        catch (UnixException)
        {
            // Reading it again will say so aloud.
            return false;
        }
    }

    private bool TryRead(Segment segment)
    {
        try
        {
            // What is read from the page cache must be on disk before a body file is removed because of it.
            if (bodies.HasFilesOfEarlierRuns)
            {
                options.FileSystem.SyncData(segment.File);
            }

            var contents = _reader.Read(segment);
            Resolve(contents);
            foreach (var id in index.AddRecovered(segment, contents, _removedSerials))
            {
                options.Warn($"queue store: two messages with queue ID {id}, one gets another");
            }

            return true;
        }
        catch (Exception e) when (e is UnixException or InvalidDataException or OverflowException)
        {
            options.Warn($"queue store: {segment.File.Path} cannot be read, its messages stay there: {e.Message}");
            return false;
        }
    }

    private void Resolve(SegmentContents contents)
    {
        foreach (var (entry, offset) in contents.Records)
        {
            if (contents.Removed.Contains(offset))
            {
                if (entry.Moves > 0)
                {
                    _removedSerials.Add(entry.Serial);
                }
            }
            else if (entry.Flags.HasFlag(MessageFlags.HasBodyFile))
            {
                _claimedBodies.Add(entry.Serial);
            }
        }
    }
}
