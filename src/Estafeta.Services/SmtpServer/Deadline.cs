namespace Estafeta.Services.SmtpServer;

/// <summary>
/// The one timer of a session: armed while the session waits for its client, looked at by a <see cref="DeadlineSweeper"/> once a second.
/// Arming it is a field write, which a timer per read is not. When it passes, the token is cancelled for good.
/// </summary>
public sealed class Deadline(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _expired = new();
    private long _at = long.MaxValue;

    public CancellationToken Token => _expired.Token;

    public bool HasPassed => _expired.IsCancellationRequested;

    /// <summary>The end came from <see cref="Close"/>, not from the clock.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>What is left of the time armed last.</summary>
    public TimeSpan Remaining => Volatile.Read(ref _at) is var at && at == long.MaxValue
        ? TimeSpan.MaxValue
        : TimeSpan.FromSeconds(Math.Max(0, (double)(at - time.GetTimestamp()) / time.TimestampFrequency));

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

    /// <summary>Ends every wait for the client, now and later.</summary>
    public void Close()
    {
        IsClosing = true;
        _expired.Cancel();
    }

    public void Dispose() => _expired.Dispose();
}
