using System.Net;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// How many clients are here, and what for: being tested (postscreen_pre_queue_limit), waiting for a server (postscreen_post_queue_limit), and
/// each of them how often (postscreen_client_connection_count_limit). At nine tenths of the first limit the service is under stress, until it is
/// down to seven tenths. Thread-safe.
/// </summary>
internal sealed class Occupancy(int preQueueLimit, IMailLog log)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _connections = [];
    private readonly int _stressFrom = preQueueLimit * 9 / 10;
    private readonly int _stressUpTo = preQueueLimit * 7 / 10;
    private int _screened;
    private int _waiting;
    private volatile bool _isStressed;

    public bool IsStressed => _isStressed;

    /// <summary>Clients that a server has not taken yet.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Clients being tested.</summary>
    public int Screened
    {
        get
        {
            lock (_lock)
            {
                return _screened;
            }
        }
    }

    /// <summary>Counts a client that has just come; returns how many connections it has now.</summary>
    public int Enter(IPAddress client)
    {
        lock (_lock)
        {
            if (++_screened >= _stressFrom && !_isStressed)
            {
                _isStressed = true;
                log.Info($"entering STRESS mode with {_screened} connections");
            }

            return _connections[client] = _connections.GetValueOrDefault(client) + 1;
        }
    }

    /// <summary>The tests are over: the client has a server to wait for, or goes.</summary>
    public void EndTests()
    {
        lock (_lock)
        {
            if (--_screened <= _stressUpTo && _isStressed)
            {
                _isStressed = false;
                log.Info($"leaving STRESS mode with {_screened} connections");
            }
        }
    }

    public void Leave(IPAddress client)
    {
        lock (_lock)
        {
            var left = _connections[client] - 1;
            if (left > 0)
            {
                _connections[client] = left;
            }
            else
            {
                _connections.Remove(client);
            }
        }
    }

    public void BeginWaiting() => Interlocked.Increment(ref _waiting);

    public void EndWaiting() => Interlocked.Decrement(ref _waiting);
}
