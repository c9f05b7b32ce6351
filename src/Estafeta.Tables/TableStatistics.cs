using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace Estafeta.Tables;

/// <summary>
/// What a table was asked and how it answered, since it was opened. Counted without locks; a reader may see one look-up half counted.
/// </summary>
/// <param name="table"><c>type:name</c>.</param>
public sealed class TableStatistics(string table)
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

    /// <summary>The time within which this share of the look-ups was answered, rounded up to a power of two of microseconds.</summary>
    /// <param name="share">0.5 for the median.</param>
    public TimeSpan Percentile(double share)
    {
        var left = (long)Math.Ceiling(Lookups * share);
        for (var i = 0; i < LatencyBuckets; i++)
        {
            left -= Volatile.Read(ref _latencies[i]);
            if (left <= 0)
            {
                return TimeSpan.FromMicroseconds(1L << i);
            }
        }

        return TimeSpan.FromMicroseconds(1L << LatencyBuckets);
    }

    /// <summary>One line for the log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"table {table}: lookups={Lookups} found={Found} notfound={NotFound} trouble={Trouble} p50<{Percentile(0.5).TotalMicroseconds}us p99<{Percentile(0.99).TotalMicroseconds}us");

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

        var elapsed = Stopwatch.GetElapsedTime(started);
        TableMetrics.Record(table, outcome, elapsed);
        var microseconds = (ulong)elapsed.TotalMicroseconds;
        Interlocked.Increment(ref _latencies[Math.Min(BitOperations.Log2((2 * microseconds) | 1), LatencyBuckets - 1)]);
    }
}
