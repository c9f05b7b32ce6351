using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// A clock that is set forward by days would make all mail look expired at once. When the wall clock and the monotonic clock disagree by
/// more than an hour, nothing expires for one queue run, and the log says why. Postfix has no such guard.
/// </summary>
internal sealed class ClockGuard
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    private readonly IMailLog _log;
    private readonly TimeProvider _time;
    private DateTimeOffset _wall;
    private long _monotonic;
    private long _holdUntil;

    public ClockGuard(IMailLog log, TimeProvider time)
    {
        _log = log;
        _time = time;
        _wall = time.GetUtcNow();
        _monotonic = time.GetTimestamp();
    }

    /// <summary>Mail may be found expired.</summary>
    public bool AllowsExpiry => Volatile.Read(ref _holdUntil) is var until && (until == 0 || _time.GetTimestamp() >= until);

    /// <summary>Compares the clocks; at every queue run.</summary>
    public void Check(TimeSpan queueRunDelay)
    {
        var wall = _time.GetUtcNow();
        var monotonic = _time.GetTimestamp();
        var jump = wall - _wall - _time.GetElapsedTime(_monotonic, monotonic);
        (_wall, _monotonic) = (wall, monotonic);
        if (jump.Duration() > Tolerance)
        {
            _log.Warning($"the clock was set {(jump > TimeSpan.Zero ? "forward" : "back")} by {(long)jump.Duration().TotalSeconds} seconds -- no mail expires during the next queue run");
            Volatile.Write(ref _holdUntil, monotonic + (long)(queueRunDelay.TotalSeconds * _time.TimestampFrequency));
        }
    }
}
