using System.Security.Cryptography;

namespace Estafeta.Net.Tls.Server;

/// <summary>
/// The ticket keys a service has in hand. It begins with one of its own, good for this process only, until tlsmgr's come. Thread-safe;
/// asked from within handshakes.
/// </summary>
public sealed class TicketKeys(TimeProvider time)
{
    // Tickets it sealed before the others came are still good here.
    private readonly TicketKey _own = TicketKey.Generate(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
    private volatile TicketKey[] _keys = [];

    /// <param name="keys">In the order of their use; none changes nothing.</param>
    public void Replace(IReadOnlyList<TicketKey> keys)
    {
        if (keys.Count > 0)
        {
            _keys = [.. keys];
        }
    }

    /// <summary>The one for new tickets: the last that has begun.</summary>
    internal TicketKey Sealing
    {
        get
        {
            var now = time.GetUtcNow();
            var keys = _keys;
            return Array.FindLast(keys, key => key.SealsFrom <= now) ?? _own;
        }
    }

    /// <summary>The one a ticket names, as long as it opens.</summary>
    internal TicketKey? Find(ReadOnlySpan<byte> name)
    {
        foreach (var key in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(key.Name, name))
            {
                return key.OpensUntil > time.GetUtcNow() ? key : null;
            }
        }

        return CryptographicOperations.FixedTimeEquals(_own.Name, name) ? _own : null;
    }
}
