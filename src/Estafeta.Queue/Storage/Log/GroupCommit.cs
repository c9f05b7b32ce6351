using System.Runtime.InteropServices;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Processes;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// Turns many acceptances into few writes: one thread, one write in flight, and everything that arrives meanwhile goes together in the
/// next. A waiter is told only after the disk has answered. A refused batch is never tried again: its senders will.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private readonly SegmentAppender _appender;
    private readonly QueueIndex _index;
    private readonly StoreHealthMonitor _health;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private List<PendingRecord> _waiting = [];
    private List<PendingRecord> _taken = [];
    private bool _isStopping;
    private bool _mustCloseSegment;
    private bool _hasEnded;

    public GroupCommit(SegmentAppender appender, QueueIndex index, StoreHealthMonitor health)
    {
        _appender = appender;
        _index = index;
        _health = health;
        _thread = new Thread(Run) { Name = "queue store", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Completes when the record is on disk and the message is in the index.</summary>
    public Task WriteAsync(PendingRecord record)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                throw new StoreUnavailableException("the queue store is closing");
            }

            _waiting.Add(record);
            if (_waiting.Count == 1)
            {
                Monitor.PulseAll(_gate);
            }
        }

        return record.Written;
    }

    /// <summary>Closes the open segment although it is not full. Waits for the write in flight.</summary>
    public void CloseSegment()
    {
        lock (_gate)
        {
            _mustCloseSegment = true;
            Monitor.PulseAll(_gate);
            while (_mustCloseSegment && !_hasEnded)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Writes what waits, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (Take())
        {
            LoadScheduling.Follow();
            for (var done = 0; done < _taken.Count;)
            {
                done += WriteSome(CollectionsMarshal.AsSpan(_taken)[done..]);
            }

            _taken.Clear();
        }

        lock (_gate)
        {
            _appender.CloseSegment();
            _hasEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    private bool Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isStopping && !_mustCloseSegment)
            {
                Monitor.Wait(_gate);
            }

            if (_mustCloseSegment)
            {
                _appender.CloseSegment();
                _mustCloseSegment = false;
                Monitor.PulseAll(_gate);
            }

            (_waiting, _taken) = (_taken, _waiting);
            return _taken.Count > 0 || !_isStopping;
        }
    }

    private int WriteSome(ReadOnlySpan<PendingRecord> records)
    {
        var taken = 1;
        try
        {
            var segment = _appender.Append(records, out taken);
            _health.WriteSucceeded();
            var refused = _index.AddAll(segment, records[..taken]);
            Tell(records[..taken], record =>
            {
                if (refused == null || !refused.Contains(record))
                {
                    record.Complete();
                }
                else
                {
                    record.Refuse(new StoreUnavailableException($"{record.Entry.Id}: a message with this queue ID is in the queue already"));
                }
            });
        }
        catch (Exception e)
        {
            Refuse(records[..taken], e);
        }

        return taken;
    }

    // Whatever happened, the thread must live on and no waiter may hang: the reason goes to the log, the waiters refuse their mail.
    private void Refuse(ReadOnlySpan<PendingRecord> records, Exception reason)
    {
        var isFull = reason is UnixException { IsNoSpace: true };
        if (!isFull)
        {
            _health.WriteFailed(reason is IOException ? reason.Message : reason.ToString());
        }

        Tell(records, record => record.Refuse(isFull ? new StoreFullException(reason.Message) : new StoreUnavailableException(reason.Message)));
    }

    // The waiters of a batch go on one after the other on one thread of the pool: waking a thread for each would cost more than the write.
    private static void Tell(ReadOnlySpan<PendingRecord> records, Action<PendingRecord> tell) => ThreadPool.UnsafeQueueUserWorkItem(
        static work => Array.ForEach(work.Records, work.Tell), (Records: records.ToArray(), Tell: tell), preferLocal: false);
}
