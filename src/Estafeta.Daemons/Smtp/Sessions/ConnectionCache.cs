namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Idle connections of this process, by server end point and the identity used there (TLS policy, login). A connection waits at most
/// smtp_connection_cache_time_limit, then is closed. Thread-safe. The timer runs only while something is kept.
/// </summary>
internal sealed class ConnectionCache(ConnectionReuse limits, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<string, List<(SmtpSession Session, long Since)>> _idle = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _count;
    private bool _isClosed;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Whether a connection to the server waits, whatever its policy.</summary>
    public bool HasServer(string relay)
    {
        lock (_lock)
        {
            return _idle.Keys.Any(key => key.StartsWith(relay, StringComparison.Ordinal) && (key.Length == relay.Length || key[relay.Length] == '|'));
        }
    }

    /// <summary>The connection used last that is still open, or null.</summary>
    public SmtpSession? Take(string key)
    {
        while (true)
        {
            SmtpSession session;
            lock (_lock)
            {
                if (!_idle.TryGetValue(key, out var list))
                {
                    return null;
                }

                session = list[^1].Session;
                list.RemoveAt(list.Count - 1);
                _count--;
                if (list.Count == 0)
                {
                    _idle.Remove(key);
                }
            }

            if (session.Connection.IsIdleAndOpen() && !IsTooOld(session))
            {
                session.Uses++;
                return session;
            }

            session.Abandon();
        }
    }

    /// <summary>Whether the session may serve another delivery after the one in hand.</summary>
    public bool MayKeep(SmtpSession session) =>
        (limits.CountLimit == 0 || session.Uses < limits.CountLimit) && !IsTooOld(session);

    /// <summary>Takes ownership of an idle session.</summary>
    public void Put(string key, SmtpSession session)
    {
        session.Connection.ReleaseBuffers();
        lock (_lock)
        {
            if (!_isClosed)
            {
                if (!_idle.TryGetValue(key, out var list))
                {
                    _idle[key] = list = [];
                }

                list.Add((session, time.GetTimestamp()));
                _count++;
                _timer ??= time.CreateTimer(static cache => ((ConnectionCache)cache!).Sweep(), this, limits.CacheTimeLimit, limits.CacheTimeLimit / 2);
                return;
            }
        }

        session.Abandon();
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        foreach (var session in Remove(static (_, _) => true))
        {
            session.Abandon();
        }

        return ValueTask.CompletedTask;
    }

    private void Sweep()
    {
        foreach (var session in Remove((since, now) => time.GetElapsedTime(since, now) >= limits.CacheTimeLimit))
        {
            session.Abandon();
        }
    }

    private List<SmtpSession> Remove(Func<long, long, bool> isDue)
    {
        var removed = new List<SmtpSession>();
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (key, list) in _idle)
            {
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (isDue(list[i].Since, now))
                    {
                        removed.Add(list[i].Session);
                        list.RemoveAt(i);
                        _count--;
                    }
                }

                if (list.Count == 0)
                {
                    _idle.Remove(key); // allowed while enumerating
                }
            }

            if (_count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }

        return removed;
    }

    private bool IsTooOld(SmtpSession session) => time.GetElapsedTime(session.CreatedTimestamp) > limits.TimeLimit;
}
