using System.Diagnostics;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log;
using Estafeta.Queue.Storage;

namespace Estafeta.Bench.Store;

/// <summary>
/// Durable accepts in a closed loop: each acceptor sends its next message when the last one is on disk. Every message is removed
/// 50 ms after it was accepted, as by a delivery, so that segments are recycled.
/// </summary>
internal static class AcceptBenchmark
{
    private static readonly TimeSpan Life = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(string directory, TimeSpan duration)
    {
        Console.WriteLine("acceptors    msg/s   p50 us   p99 us   max ms   CPU us/msg   written/accepted   private MB");
        foreach (var acceptors in new[] { 1, 10, 50, 200, 1000 })
        {
            await RunRowAsync(directory, acceptors, duration);
        }
    }

    private static async Task RunRowAsync(string directory, int acceptors, TimeSpan duration)
    {
        await using var store = SegmentedLogStore.Open(new StoreOptions { QueueDirectory = directory, Warn = Console.Error.WriteLine });
        await LoadAsync(store, acceptors, TimeSpan.FromSeconds(1));
        var before = Usage.Now();
        var latencies = await LoadAsync(store, acceptors, duration);
        var after = Usage.Now();
        var seconds = Stopwatch.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        latencies.Sort();
        var count = latencies.Count;
        var cpu = (after.Cpu - before.Cpu).TotalMicroseconds / count;
        var amplification = (after.WrittenOctets - before.WrittenOctets) / ((double)count * Messages.ContentOctets);
        Console.WriteLine(
            $"{acceptors,9} {count / seconds,8:F0} {Micros(latencies[count / 2]),8:F0} {Micros(latencies[(int)(count * 0.99)]),8:F0} "
            + $"{Micros(latencies[^1]) / 1000,8:F1} {cpu,12:F1} {amplification,18:F2} {Usage.PrivateMegabytes(),12:F0}");
    }

    private static double Micros(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static async Task<List<long>> LoadAsync(SegmentedLogStore store, int acceptors, TimeSpan duration)
    {
        var latencies = new List<long>();
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, acceptors).Select(_ => Task.Run(() => AcceptUntilAsync(store, end, latencies))));
        return latencies;
    }

    private static async Task AcceptUntilAsync(SegmentedLogStore store, long end, List<long> all)
    {
        var latencies = new List<long>();
        var alive = new Queue<(QueueId Id, long Since)>();
        while (Stopwatch.GetTimestamp() < end)
        {
            var start = Stopwatch.GetTimestamp();
            var id = await Messages.AcceptAsync(store, QueueName.Active);
            latencies.Add(Stopwatch.GetTimestamp() - start);
            alive.Enqueue((id, start));
            while (alive.TryPeek(out var oldest) && Stopwatch.GetElapsedTime(oldest.Since) > Life)
            {
                store.Remove(alive.Dequeue().Id);
            }
        }

        while (alive.TryDequeue(out var rest))
        {
            store.Remove(rest.Id);
        }

        lock (all)
        {
            all.AddRange(latencies);
        }
    }
}
