using Estafeta.Unix;

namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>
/// Puts body files on disk, all that wait together: the octets of each, then their names by one look at the directory. One thread, which the
/// first big message starts; waiting for the disk on the pool's threads would hold up the sessions.
/// </summary>
internal sealed class BodyCommit(BodyFiles bodies) : IDisposable
{
    private readonly object _gate = new();
    private List<Waiter> _waiting = [];
    private List<Waiter> _taken = [];
    private Thread? _thread;
    private bool _isStopping;

    /// <summary>Completes when the octets and the name are on disk; fails with <see cref="UnixException"/>. It is seen through: until then the file is in use.</summary>
    public Task WriteAsync(LogContentWriter body)
    {
        body.FlushFile();
        var waiter = new Waiter(body);
        lock (_gate)
        {
            if (_isStopping)
            {
                throw new StoreUnavailableException("the queue store is closing");
            }

            _waiting.Add(waiter);
            Monitor.Pulse(_gate);
            if (_thread == null)
            {
                _thread = new Thread(Run) { Name = "queue bodies", IsBackground = true };
                _thread.Start();
            }
        }

        return waiter.Task;
    }

    /// <summary>Writes what waits, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        _thread?.Join();
    }

    private void Run()
    {
        while (Take())
        {
            _taken.RemoveAll(waiter => !Try(waiter.Body.SyncFile, waiter));
            Try(bodies.SyncNames, [.. _taken]);
            _taken.ForEach(static waiter => waiter.TrySetResult());
            _taken.Clear();
        }
    }

    private bool Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            (_waiting, _taken) = (_taken, _waiting);
            return _taken.Count > 0;
        }
    }

    // Whatever happened, the thread must live on and no waiter may hang.
    private static bool Try(Action work, params ReadOnlySpan<Waiter> waiters)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e)
        {
            foreach (var waiter in waiters)
            {
                waiter.TrySetException(e is UnixException ? e : new StoreUnavailableException(e.ToString()));
            }

            return false;
        }
    }

    private sealed class Waiter(LogContentWriter body) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public LogContentWriter Body { get; } = body;
    }
}
