using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>Sessions to resume, by server and policy, for smtp_tls_session_cache_timeout. In memory only: they hold keys. Thread-safe.</summary>
internal sealed class TlsResumptions(TimeSpan lifetime, TimeProvider time) : IDisposable
{
    private const int Capacity = 2000;

    private readonly Dictionary<string, (TlsResumption Session, long Since)> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Taken out: TLS 1.3 tickets are for one use (RFC 8446 appendix C.4).</summary>
    public TlsResumption? Take(string key)
    {
        lock (_lock)
        {
            if (!_sessions.Remove(key, out var entry))
            {
                return null;
            }

            if (time.GetElapsedTime(entry.Since) < lifetime)
            {
                return entry.Session;
            }

            entry.Session.Dispose();
            return null;
        }
    }

    public void Put(string key, TlsResumption session)
    {
        lock (_lock)
        {
            if (_sessions.Count >= Capacity)
            {
                Clear();
            }

            if (_sessions.Remove(key, out var old))
            {
                old.Session.Dispose();
            }

            _sessions[key] = (session, time.GetTimestamp());
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Clear();
        }
    }

    private void Clear()
    {
        foreach (var (session, _) in _sessions.Values)
        {
            session.Dispose();
        }

        _sessions.Clear();
    }
}
