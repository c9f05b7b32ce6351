using Estafeta.Net.Tls.Server;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>
/// Makes the ticket keys: a new one every ticket lifetime, handed out one period ahead, so that all processes change at the same moment
/// without asking. A key opens tickets for one lifetime after it sealed the last. Lives as long as the process; thread-safe.
/// </summary>
internal sealed class TicketKeyRing(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<TicketKey> _keys = [];

    /// <param name="lifetime">smtpd_tls_session_cache_timeout.</param>
    public IReadOnlyList<TicketKey> Current(TimeSpan lifetime)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _keys.RemoveAll(key => key.OpensUntil <= now);
            var from = _keys.Count == 0 ? now : _keys[^1].SealsFrom + lifetime;
            if (from <= now)
            {
                from = now; // nobody has asked for a while
            }

            while (_keys.Count == 0 || _keys[^1].SealsFrom <= now)
            {
                _keys.Add(TicketKey.Generate(from, from + (2 * lifetime)));
                from += lifetime;
            }

            return [.. _keys];
        }
    }
}
