namespace Estafeta.Services.ClientLimits;

/// <summary>
/// One client of one service as this process knows it: what anvil said last, and what was counted here and not answered yet. So a command
/// that counts does not wait for anvil, and within one process the count is exact.
/// </summary>
public sealed class ClientTally
{
    private readonly AnvilLink _link;
    private readonly TimeProvider _time;
    private readonly int[] _unanswered = new int[(int)ClientEvent.Authentication + 1];
    private ClientTotals _known;
    private long _unitEnd;
    private int _leaves;

    internal ClientTally(AnvilLink link, string client, TimeProvider time)
    {
        _link = link;
        _time = time;
        Client = client;
    }

    public string Client { get; }

    /// <summary>Sessions of this process.</summary>
    internal int Sessions { get; set; }

    /// <summary>Anvil has not said anything of the client yet.</summary>
    internal bool IsFirst
    {
        get
        {
            lock (_unanswered)
            {
                return _unitEnd == 0;
            }
        }
    }

    /// <summary>Connections of the client in all processes, this one included.</summary>
    public int Connections
    {
        get
        {
            lock (_unanswered)
            {
                return _known.Connections + _unanswered[(int)ClientEvent.Connection];
            }
        }
    }

    /// <summary>How many connections were made in this time unit.</summary>
    public int ConnectionRate
    {
        get
        {
            lock (_unanswered)
            {
                return Rate(ClientEvent.Connection);
            }
        }
    }

    /// <summary>Counts, and answers how many there were in this time unit; this one included.</summary>
    public int Count(ClientEvent kind) => TryCount(kind, null) ? RateOf(kind) : 0; // anvil out of reach: nobody is turned away for that

    /// <summary>How many there were in this time unit.</summary>
    public int RateOf(ClientEvent kind)
    {
        lock (_unanswered)
        {
            return Rate(kind);
        }
    }

    /// <summary>The session has ended.</summary>
    public void Close() => _link.Close(this);

    /// <param name="kind">What happened.</param>
    /// <param name="answered">Completed with anvil's answer.</param>
    internal bool TryCount(ClientEvent kind, TaskCompletionSource? answered)
    {
        lock (_unanswered)
        {
            if (!_link.TrySend(new ClientNotice(this, kind, _leaves, answered)))
            {
                return false;
            }

            _unanswered[(int)kind]++;
            return true;
        }
    }

    internal void Leave()
    {
        lock (_unanswered)
        {
            _leaves++;
            _known = _known with { Connections = _known.Connections - 1 };
            _link.TrySend(new ClientNotice(this, 0, _leaves, null));
        }
    }

    internal void Answer(in ClientNotice notice, in ClientTotals totals)
    {
        lock (_unanswered)
        {
            _unanswered[(int)notice.Kind]--;

            // When anvil wrote this it had not heard of the sessions that ended since we asked.
            _known = totals with { Connections = totals.Connections - (_leaves - notice.Leaves) };
            _unitEnd = _time.GetTimestamp() + (long)(totals.TimeLeft.TotalSeconds * _time.TimestampFrequency);
        }
    }

    private int Rate(ClientEvent kind) =>
        (_time.GetTimestamp() <= _unitEnd ? _known.RateOf(kind) : 0) + _unanswered[(int)kind];
}

/// <summary>What goes to anvil.</summary>
/// <param name="Tally">Of whom.</param>
/// <param name="Kind">0 when a session ends.</param>
/// <param name="Leaves">Sessions of the client that had ended by then.</param>
/// <param name="Answered">Completed with the answer, when somebody waits for it.</param>
internal readonly record struct ClientNotice(ClientTally Tally, ClientEvent Kind, int Leaves, TaskCompletionSource? Answered);
