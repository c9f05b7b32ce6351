namespace Estafeta.Services.SmtpServer;

/// <summary>Looks once a second for sessions whose time is up. One timer for all sessions of a service.</summary>
public sealed class DeadlineSweeper : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly HashSet<Deadline> _deadlines = [];

    public DeadlineSweeper(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((DeadlineSweeper)state!).Sweep(), this, Interval, Interval);
    }

    public Deadline Create()
    {
        var deadline = new Deadline(_time);
        lock (_deadlines)
        {
            _deadlines.Add(deadline);
        }

        return deadline;
    }

    public void Remove(Deadline deadline)
    {
        lock (_deadlines)
        {
            _deadlines.Remove(deadline);
        }

        deadline.Dispose();
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        lock (_deadlines)
        {
            foreach (var deadline in _deadlines)
            {
                deadline.Check(now);
            }
        }
    }
}
