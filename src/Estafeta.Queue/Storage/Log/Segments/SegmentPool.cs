using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log.Segments;

/// <summary>
/// Empty segments, ready to be written. One is held back for moving survivors, so that space can be won on a full disk.
/// </summary>
internal sealed class SegmentPool(SegmentFiles files, StoreOptions options)
{
    private readonly Lock _gate = new();
    private readonly Lock _making = new();
    private readonly Queue<Segment> _spares = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _spares.Count;
            }
        }
    }

    /// <summary>What new mail may still use of the spares.</summary>
    public long FreeOctets => Math.Max(0, Count - 1) * (long)options.SegmentOctets;

    public bool IsShort => Count < options.SpareSegments;

    /// <summary>A segment with room for a batch of this size. Makes one when none is ready, so it may block and throw.</summary>
    public Segment Take(int batchOctets, bool isForMoving)
    {
        var needed = SegmentHeader.Octets + options.JournalOctets + batchOctets;
        if (needed > options.SegmentOctets)
        {
            return files.Create(BatchHeader.Align(needed, BatchHeader.BlockOctets));
        }

        if (TryTake(isForMoving) is { } spare)
        {
            return spare;
        }

        // Whoever waits here may find that the other thread has just made one.
        lock (_making)
        {
            return TryTake(isForMoving) ?? files.Create(options.SegmentOctets);
        }
    }

    public void Add(Segment spare)
    {
        lock (_gate)
        {
            _spares.Enqueue(spare);
        }
    }

    /// <summary>Makes spares until there are enough. Throws when it cannot.</summary>
    public void Replenish()
    {
        while (IsShort)
        {
            lock (_making)
            {
                Add(files.Create(options.SegmentOctets));
            }
        }
    }

    /// <summary>Makes, writes and syncs one more segment: whoever can do that can accept mail. Throws when it cannot.</summary>
    public void ProveWritable() => Add(files.Create(options.SegmentOctets));

    /// <summary>Empties a segment without live messages and keeps it, or removes it when there are enough or the file is not to be trusted.</summary>
    public void Recycle(Segment dead)
    {
        var isUsual = dead.FileOctets == options.SegmentOctets && dead.Header.JournalOctets == options.JournalOctets && !dead.IsDamaged;
        var isWanted = isUsual && (Count < options.MaximumSpareSegments || dead.Header.Epoch == files.LastEpoch);
        if (isWanted)
        {
            Add(files.Empty(dead.Number, dead.File, dead.FileOctets));
        }
        else
        {
            files.Delete(dead);
        }
    }

    /// <summary>Removes a segment whose emptying failed: its pages are not tried again.</summary>
    public void Discard(Segment segment) => files.Delete(segment);

    public void Close()
    {
        lock (_gate)
        {
            foreach (var spare in _spares)
            {
                spare.File.Dispose();
            }

            _spares.Clear();
        }
    }

    private Segment? TryTake(bool isForMoving)
    {
        lock (_gate)
        {
            return _spares.Count > (isForMoving ? 0 : 1) ? _spares.Dequeue() : null;
        }
    }
}
