using Estafeta.Queue.Storage.Log.Bodies;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Processes;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// The store's background thread: writes outcomes, recycles and makes segments, moves survivors, tries again after trouble. Sleeps
/// when there is nothing to do; work signalled to it is gathered for a moment, a flush is done at once.
/// </summary>
internal sealed class Housekeeper : IDisposable
{
    private readonly StoreOptions _options;
    private readonly StoreHealthMonitor _health;
    private readonly BodyFiles _bodies;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private List<TaskCompletionSource> _flushes = [];
    private bool _hasWork;
    private bool _isStopping;
    private long _lastSync;
    private long _lastMaintenance;
    private StoreRoom? _announcedRoom;
    private bool _isRoomUntold;

    private readonly List<Segment> _unretired = [];

    // Bodies of messages that died with their segment: they may go after the next sync.
    private readonly List<long> _doomedBodies = [];

    public Housekeeper(StoreOptions options, StoreHealthMonitor health, BodyFiles bodies)
    {
        _options = options;
        _health = health;
        _bodies = bodies;
        _thread = new Thread(Run) { Name = "queue upkeep", IsBackground = true };
    }

    public required QueueIndex Index { get; init; }

    public required SegmentPool Pool { get; init; }

    public required OutcomeJournal Journal { get; init; }

    public required Compaction Compaction { get; init; }

    public required SegmentAppender Survivors { get; init; }

    public required GroupCommit Commit { get; init; }

    public void Start() => _thread.Start();

    /// <summary>Something is to be done soon. Cheap, callable under other locks.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_hasWork)
            {
                _hasWork = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Completes when all that was recorded before is on disk.</summary>
    public Task FlushAsync()
    {
        var flush = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isStopping)
            {
                throw new StoreUnavailableException("the queue store is closing");
            }

            _flushes.Add(flush);
            Monitor.Pulse(_gate);
        }

        return flush.Task;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (WaitForWork(out var flushes))
        {
            try
            {
                Pass(flushes);
            }
            catch (Exception e)
            {
                // Upkeep must go on: what failed is pending still and comes again.
                _options.Warn($"queue store: {(e is IOException ? e.Message : e.ToString())}");
                flushes.ForEach(f => f.TrySetException(new StoreUnavailableException(e.Message)));
            }

            AnnounceRoom();
        }

        Survivors.CloseSegment();
    }

    private bool WaitForWork(out List<TaskCompletionSource> flushes)
    {
        lock (_gate)
        {
            if (!_hasWork && _flushes.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate, _options.MaintenanceInterval);
            }

            if (_hasWork && _flushes.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate, _options.OutcomeDelay);
            }

            _hasWork = false;
            flushes = _flushes;
            _flushes = [];
            return !_isStopping || flushes.Count > 0;
        }
    }

    private void Pass(List<TaskCompletionSource> flushes)
    {
        LoadScheduling.Follow();
        Journal.Write();
        MoveUrgent();
        if (flushes.Count > 0)
        {
            Flush(flushes);
        }
        else if (_options.Time.GetElapsedTime(_lastSync) >= _options.OutcomeSyncInterval)
        {
            SyncJournals();
        }

        Recycle();
        if (_options.Time.GetElapsedTime(_lastMaintenance) >= _options.MaintenanceInterval)
        {
            _lastMaintenance = _options.Time.GetTimestamp();
            Maintain();
        }
        else if (_health.Health == StoreHealth.Ok)
        {
            Replenish();
        }
    }

    // After each pass, most of all one that failed.
    private void AnnounceRoom()
    {
        var room = new StoreRoom(_health.Health, Pool.FreeOctets);
        if (room == _announcedRoom)
        {
            return;
        }

        try
        {
            using var file = DurableFile.Open(StoreRoom.PathBelow(_options.StoreDirectory), OpenFlags.ReadWrite | OpenFlags.Create);
            room.WriteTo(file);
            _announcedRoom = room;
            _isRoomUntold = false;
        }
        catch (UnixException e)
        {
            // Tried again after the next pass. Until then readers go by what was written last; without a file, by the file system's space.
            _announcedRoom = null;
            if (!_isRoomUntold)
            {
                _isRoomUntold = true;
                _options.Warn($"queue store: {e.Message}");
            }
        }
    }

    private void Flush(List<TaskCompletionSource> flushes)
    {
        SyncJournals();
        if (Index.HasBlockedChanges)
        {
            // A file failed just now: its messages move out, and their changes with them.
            MoveUrgent();
            Journal.Write();
            SyncJournals();
        }

        // A segment without live messages is not written to but emptied, which removes for good just as well.
        Recycle();
        RetireFailed();
        var isBlocked = Index.HasBlockedChanges || _unretired.Count > 0;
        foreach (var flush in flushes)
        {
            if (isBlocked)
            {
                flush.SetException(new StoreUnavailableException("the queue store cannot write what became of some messages"));
            }
            else
            {
                flush.SetResult();
            }
        }
    }

    private void SyncJournals()
    {
        _lastSync = _options.Time.GetTimestamp();
        Journal.Sync().ForEach(_bodies.Remove);
        _doomedBodies.ForEach(_bodies.Remove);
        _doomedBodies.Clear();
    }

    private void MoveUrgent()
    {
        if (_health.Health == StoreHealth.ReadOnly)
        {
            return;
        }

        if (Index.Segments.Exists(s => s is { State: SegmentState.Open, IsJournalFull: true }))
        {
            Survivors.CloseFullSegment();
            Commit.CloseSegment();
        }

        foreach (var segment in Compaction.Urgent())
        {
            if (!Compaction.MoveSurvivors(segment))
            {
                return;
            }
        }
    }

    // A segment that cannot be emptied would bring its messages back at the next start, so it is tried again until it is gone.
    private void Recycle()
    {
        foreach (var dead in Index.TakeDead())
        {
            try
            {
                Pool.Recycle(dead);
                DoomBodies(dead);
            }
            catch (UnixException e)
            {
                _options.Warn($"queue store: {e.Message}");
                _unretired.Add(dead);
            }
        }
    }

    private void RetireFailed()
    {
        for (var i = _unretired.Count - 1; i >= 0; i--)
        {
            try
            {
                Pool.Discard(_unretired[i]);
                DoomBodies(_unretired[i]);
                _unretired.RemoveAt(i);
            }
            catch (UnixException e)
            {
                _options.Warn($"queue store: {e.Message}");
                return;
            }
        }
    }

    private void DoomBodies(Segment gone)
    {
        _doomedBodies.AddRange(gone.WrittenBodies);
        _doomedBodies.AddRange(gone.DoomedBodies ?? []);
    }

    private void Maintain()
    {
        if (_health.Health == StoreHealth.ReadOnly)
        {
            Pool.ProveWritable();
            _health.WriteSucceeded();
        }

        RetireFailed();
        Replenish();

        // One segment at a time, so that outcomes and recycling are not held up.
        if (_health.Health != StoreHealth.ReadOnly && Compaction.Next() is { } segment && Compaction.MoveSurvivors(segment))
        {
            _lastMaintenance = 0;
            Wake();
        }
    }

    private void Replenish()
    {
        try
        {
            Pool.Replenish();
            _health.SetFull(false);
        }
        catch (UnixException e) when (e.IsNoSpace)
        {
            _health.SetFull(true);
        }
        catch (UnixException e)
        {
            _health.WriteFailed(e.Message);
        }
    }
}
