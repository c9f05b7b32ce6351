namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// Whether new mail can be accepted. Two failed writes in a row make the store read-only until the housekeeper has made, written and
/// synced a fresh segment; no room for the spare segments makes it full until there is room again.
/// </summary>
internal sealed class StoreHealthMonitor(Action<string> warn)
{
    private const int FailuresUntilReadOnly = 2;
    private int _failures;
    private volatile bool _isFull;

    public StoreHealth Health =>
        Volatile.Read(ref _failures) >= FailuresUntilReadOnly ? StoreHealth.ReadOnly : _isFull ? StoreHealth.Full : StoreHealth.Ok;

    public void WriteSucceeded()
    {
        if (Volatile.Read(ref _failures) != 0 && Interlocked.Exchange(ref _failures, 0) >= FailuresUntilReadOnly)
        {
            warn("queue store: writing works again, accepting mail");
        }
    }

    public void WriteFailed(string reason)
    {
        warn($"queue store: {reason}");
        if (Interlocked.Increment(ref _failures) == FailuresUntilReadOnly)
        {
            warn("queue store: writing fails repeatedly, no new mail until it works again");
        }
    }

    public void SetFull(bool isFull)
    {
        if (isFull != _isFull)
        {
            _isFull = isFull;
            warn(isFull ? "queue store: no space left, no new mail until there is" : "queue store: there is space again, accepting mail");
        }
    }
}
