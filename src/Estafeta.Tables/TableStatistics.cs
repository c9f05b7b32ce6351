using System.Diagnostics;
using System.Numerics;

namespace Estafeta.Tables;

/// <summary>
/// What a table was asked and how it answered, since it was opened. Counted without locks; a reader may see one look-up half counted.
/// </summary>
public sealed class TableStatistics
{
    /// <summary>Bucket n holds look-ups of less than 2^n microseconds; the last holds the rest.</summary>
    public const int LatencyBuckets = 28;

    private readonly long[] _latencies = new long[LatencyBuckets];
    private long _found;
    private long _notFound;
    private long _trouble;

    public long Found => Volatile.Read(ref _found);

    public long NotFound => Volatile.Read(ref _notFound);

    public long Trouble => Volatile.Read(ref _trouble);

    public long Lookups => Found + NotFound + Trouble;

    /// <summary>Look-ups by how long they took; see <see cref="LatencyBuckets"/>.</summary>
    public IReadOnlyList<long> Latencies => _latencies;

    /// <param name="outcome">Of the look-up.</param>
    /// <param name="started">Time stamp of <see cref="Stopwatch"/>.</param>
    internal void Record(LookupOutcome outcome, long started)
    {
        switch (outcome)
        {
            case LookupOutcome.Found:
                Interlocked.Increment(ref _found);
                break;
            case LookupOutcome.NotFound:
                Interlocked.Increment(ref _notFound);
                break;
            default:
                Interlocked.Increment(ref _trouble);
                break;
        }

        var microseconds = (ulong)Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        Interlocked.Increment(ref _latencies[Math.Min(BitOperations.Log2((2 * microseconds) | 1), LatencyBuckets - 1)]);
    }
}
