namespace Estafeta.Daemons.Smtpd.Wire;

/// <summary>
/// The one timer of a session: armed while the session waits for its client, looked at by a <see cref="DeadlineSweeper"/> once a second.
/// Arming it is a field write, which a timer per read is not. When it passes, the token is cancelled for good.
/// </summary>
internal sealed class Deadline(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _expired = new();
    private long _at = long.MaxValue;

    public CancellationToken Token => _expired.Token;

    public bool HasPassed => _expired.IsCancellationRequested;

    public void Arm(TimeSpan limit) => Volatile.Write(ref _at, time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency));

    public void Disarm() => Volatile.Write(ref _at, long.MaxValue);

    /// <summary>Cancels when the deadline is before <paramref name="now"/>.</summary>
    public void Check(long now)
    {
        if (Volatile.Read(ref _at) <= now)
        {
            _expired.Cancel();
        }
    }

    public void Dispose() => _expired.Dispose();
}
