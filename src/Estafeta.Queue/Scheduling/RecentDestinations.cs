namespace Estafeta.Queue.Scheduling;

/// <summary>
/// Destinations that have run dry a moment ago. Deliveries may be so quick that a busy destination is empty between two of them; its next
/// one is back to back with its last all the same. Holds nothing older than <see cref="Memory"/> beyond the next call.
/// </summary>
internal sealed class RecentDestinations
{
    /// <summary>Ten deliveries a second are a high volume of mail, one now and then is not.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, long> _lastDone = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long LastDone)> _order = new();

    public void Add(string key, long lastDone)
    {
        Forget(lastDone);
        _lastDone[key] = lastDone;
        _order.Enqueue((key, lastDone));
    }

    /// <summary>When the last delivery to the destination ended, if that was just now.</summary>
    public long? Find(string key, long now)
    {
        Forget(now);
        return _lastDone.TryGetValue(key, out var lastDone) ? lastDone : null;
    }

    private void Forget(long now)
    {
        while (_order.TryPeek(out var oldest) && now - oldest.LastDone > Memory.Ticks)
        {
            _order.Dequeue();
            if (_lastDone.TryGetValue(oldest.Key, out var lastDone) && lastDone == oldest.LastDone)
            {
                _lastDone.Remove(oldest.Key);
            }
        }
    }
}
