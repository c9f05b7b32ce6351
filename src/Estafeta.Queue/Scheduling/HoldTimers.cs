using System.Diagnostics.CodeAnalysis;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// Destinations and transports that pause, by the end of their pause. An entry whose pause was ended or moved meanwhile stays until
/// it is due; the taker compares the moment with the one in the object.
/// </summary>
internal sealed class HoldTimers
{
    private readonly PriorityQueue<object, long> _held = new();

    public long? Next => _held.TryPeek(out _, out var due) ? due : null;

    public void Add(object held, long due) => _held.Enqueue(held, due);

    public bool TryTake(long now, [NotNullWhen(true)] out object? held, out long due)
    {
        if (_held.TryPeek(out held, out due) && due <= now)
        {
            _held.Dequeue();
            return true;
        }

        return false;
    }

    /// <summary>Some object that satisfies the condition; near the front, so among those due first.</summary>
    public object? Find(Func<object, bool> condition)
    {
        foreach (var (held, _) in _held.UnorderedItems)
        {
            if (condition(held))
            {
                return held;
            }
        }

        return null;
    }
}
