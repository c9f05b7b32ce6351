using Estafeta.Unix.Polling;

namespace Estafeta.Tables.Ldap;

/// <summary>
/// One connection and the thread that drives it: searches of any number of look-ups are under way on it at once, each known by its message number.
/// The thread starts with the first search and connects anew when the server has gone; a search lost with a connection is sent once more.
/// </summary>
internal sealed class LdapReactor(LdapSettings settings, TimeProvider time, Action<string> warn) : IAsyncDisposable
{
    // OpenLDAP closes sessions with more than 100 requests pending (conn_max_pending).
    private const int MostUnderWay = 50;
    private const int MostAttempts = 2;
    private const int MostWaiting = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<LdapSearch> _waiting = new();
    private readonly Dictionary<int, LdapSearch> _underWay = [];
    private readonly WakeUp _wake = new();
    private LdapConnection? _connection;
    private bool _isRunning;
    private bool _isClosed;
    private int _load;

    /// <summary>Searches waiting or under way.</summary>
    public int Load => Volatile.Read(ref _load);

    public async ValueTask<LdapReply> SearchAsync(LdapQuery query, CancellationToken cancellationToken)
    {
        var search = new LdapSearch(query);
        lock (_lock)
        {
            if (_isClosed || _waiting.Count == MostWaiting)
            {
                return LdapReply.Failed("too many searches are waiting");
            }

            _waiting.Enqueue(search);
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "ldap" }.Start();
            }
        }

        Interlocked.Increment(ref _load);
        _wake.Set();
        try
        {
            return await search.Completion.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _load);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (!_isRunning)
            {
                _wake.Dispose();
            }
        }

        if (_isRunning)
        {
            _wake.Set();
        }

        return default;
    }

    private void Run()
    {
        while (!IsClosed())
        {
            Wait();
            _wake.Reset();
            try
            {
                SendWaiting();
                ReceiveAll();
            }
            catch (LdapConnectionException e)
            {
                Lose(e.Message);
            }

            Expire();
        }

        FailAll("the table is closed");
        _connection?.Dispose();
        _wake.Dispose();
    }

    private bool IsClosed()
    {
        lock (_lock)
        {
            return _isClosed;
        }
    }

    private void Wait()
    {
        var limit = NextDeadline();
        if (_connection == null)
        {
            Span<PollEntry> alone = [PollEntry.Readable(_wake.Descriptor)];
            Poller.Wait(alone, limit);
            return;
        }

        Span<PollEntry> both = [PollEntry.Readable(_wake.Descriptor), PollEntry.Readable(_connection.Descriptor)];
        Poller.Wait(both, limit);
    }

    private void SendWaiting()
    {
        while (_underWay.Count < MostUnderWay && TryDequeue(out var search))
        {
            search.Attempts++;
            try
            {
                _connection ??= new LdapConnection(settings);
                search.SentAt = time.GetTimestamp();
                _underWay.Add(_connection.Send(search.Query), search);
            }
            catch (LdapConnectionException e) when (_connection == null)
            {
                // Nobody answers: those that wait would only each wait for the same.
                warn(e.Message);
                search.Completion.SetResult(LdapReply.Failed(e.Message));
                FailAll(e.Message);
                return;
            }
            catch (LdapConnectionException)
            {
                Retry(search);
                throw;
            }
        }
    }

    private void ReceiveAll()
    {
        while (_connection != null && _connection.TryReceive(out var message, out var reply))
        {
            // One that is not under way was given up.
            if (_underWay.Remove(message, out var search))
            {
                search.Completion.SetResult(reply);
            }
        }

        if (_waiting.Count > 0 && _underWay.Count < MostUnderWay)
        {
            _wake.Set();
        }
    }

    private void Lose(string reason)
    {
        _connection?.Dispose();
        _connection = null;
        var lost = _underWay.Values.ToArray();
        _underWay.Clear();
        foreach (var search in lost)
        {
            Retry(search, reason);
        }

        _wake.Set();
    }

    // A server may close an idle connection just when we use it.
    private void Retry(LdapSearch search, string reason = "Can't contact LDAP server")
    {
        if (search.Attempts >= MostAttempts)
        {
            search.Completion.SetResult(LdapReply.Failed(reason));
            return;
        }

        lock (_lock)
        {
            _waiting.Enqueue(search);
        }
    }

    private void FailAll(string reason)
    {
        foreach (var search in _underWay.Values)
        {
            search.Completion.SetResult(LdapReply.Failed(reason));
        }

        _underWay.Clear();
        while (TryDequeue(out var waiting))
        {
            waiting.Completion.SetResult(LdapReply.Failed(reason));
        }
    }

    private void Expire()
    {
        if (settings.Timeout <= TimeSpan.Zero || _underWay.Count == 0)
        {
            return;
        }

        foreach (var (message, search) in _underWay.ToArray())
        {
            if (time.GetElapsedTime(search.SentAt) >= settings.Timeout)
            {
                _connection?.Abandon(message);
                _underWay.Remove(message);
                search.Completion.SetResult(LdapReply.Failed("Search timed out"));
            }
        }
    }

    private TimeSpan? NextDeadline()
    {
        if (settings.Timeout <= TimeSpan.Zero || _underWay.Count == 0)
        {
            return null;
        }

        var oldest = _underWay.Values.Min(static s => s.SentAt);
        var left = settings.Timeout - time.GetElapsedTime(oldest);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private bool TryDequeue(out LdapSearch search)
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out search!);
        }
    }
}
