using Estafeta.Unix.Processes;

namespace Estafeta.Services.Hosting;

/// <summary>
/// What a process has in hand: sessions, deliveries. Its end is decided by it: idle for max_idle, or enough served (max_use),
/// and the process makes room for a fresh one. Thread-safe, cheap.
/// </summary>
public sealed class ProcessActivity(TimeProvider time)
{
    private int _active;
    private long _served;
    private long _lastEnd = time.GetTimestamp();

    /// <summary>Pieces of work in hand.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Pieces of work finished.</summary>
    public long Served => Volatile.Read(ref _served);

    /// <summary>Since the last piece of work ended; zero while there is one.</summary>
    public TimeSpan Idle => Active > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastEnd));

    public void Begin() => LoadScheduling.Note(Interlocked.Increment(ref _active));

    public void End()
    {
        Volatile.Write(ref _lastEnd, time.GetTimestamp());
        Interlocked.Increment(ref _served);
        LoadScheduling.Note(Interlocked.Decrement(ref _active));
    }
}
