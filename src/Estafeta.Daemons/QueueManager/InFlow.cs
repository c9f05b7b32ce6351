namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// Holds new mail back while the queue manager is behind (in_flow_delay): accepted mail waits in incoming because the active queue has no
/// room. Each message that is taken from incoming lets one waiting transaction in, the last one all of them; none waits longer than its
/// limit. So mail comes in as fast as it goes out, and a little faster. Thread-safe; costs one read of a flag while nothing waits in incoming.
/// </summary>
internal sealed class InFlow(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private volatile bool _isBehind;
    private bool _isStopped;

    /// <summary>Transactions being held back.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>A message has come to wait in incoming.</summary>
    public void FallBehind()
    {
        lock (_gate)
        {
            _isBehind = !_isStopped;
        }
    }

    /// <summary>A message was taken from incoming.</summary>
    /// <param name="isLast">No other waits there.</param>
    public void CatchUp(bool isLast)
    {
        lock (_gate)
        {
            if (isLast)
            {
                Open();
            }
            else
            {
                LetOneIn();
            }
        }
    }

    /// <summary>The process ends: nobody waits any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Open();
        }
    }

    /// <summary>Completes when new mail may come, at once or after <paramref name="most"/> at the latest. Zero never waits.</summary>
    public ValueTask WaitAsync(TimeSpan most, CancellationToken cancellationToken) =>
        _isBehind && most > TimeSpan.Zero ? new ValueTask(HoldBackAsync(most, cancellationToken)) : ValueTask.CompletedTask;

    private async Task HoldBackAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        // Whoever lets it in has the queue's work to do, not its.
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<TaskCompletionSource> node;
        lock (_gate)
        {
            if (!_isBehind)
            {
                return;
            }

            node = _waiting.AddLast(waiter);
        }

        try
        {
            await using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), waiter, most, Timeout.InfiniteTimeSpan); // the state given here
            await using var cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiter); // the state given here
            await waiter.Task;
        }
        finally
        {
            Remove(node);
        }
    }

    private void Remove(LinkedListNode<TaskCompletionSource> node)
    {
        lock (_gate)
        {
            if (node.List != null)
            {
                _waiting.Remove(node);
            }
        }
    }

    // Within the gate.
    private void Open()
    {
        _isBehind = false;
        while (LetOneIn())
        {
        }
    }

    // Within the gate. One whose time ran out just now leaves its turn to the next.
    private bool LetOneIn()
    {
        while (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            if (first.Value.TrySetResult())
            {
                return true;
            }
        }

        return false;
    }
}
