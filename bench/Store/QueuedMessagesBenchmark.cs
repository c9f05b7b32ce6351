using System.Diagnostics;
using Estafeta.Mail.Dsn;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Bench.Store;

/// <summary>Many deferred messages: memory, and what a restart takes until it accepts and until it knows them all.</summary>
internal static class QueuedMessagesBenchmark
{
    public static async Task RunAsync(string directory, int messages)
    {
        var options = new StoreOptions { QueueDirectory = directory, Warn = Console.Error.WriteLine };
        await using (var store = SegmentedLogStore.Open(options))
        {
            var start = Stopwatch.GetTimestamp();
            await FillAsync(store, messages);
            await store.FlushAsync(CancellationToken.None);
            Report("accepted and deferred", start);
        }

        for (var run = 1; run <= 2; run++)
        {
            var start = Stopwatch.GetTimestamp();
            await using var store = SegmentedLogStore.Open(options);
            store.Remove(await Messages.AcceptAsync(store, QueueName.Incoming));
            Report($"restart {run}: first message accepted", start);
            await store.Recovered;
            Report($"restart {run}: all known", start);
            start = Stopwatch.GetTimestamp();
            await ListAsync(store);
            Report($"restart {run}: every record loaded, as mailq does", start);
        }
    }

    private static async Task FillAsync(SegmentedLogStore store, int messages)
    {
        var left = messages;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var id = await Messages.AcceptAsync(store, QueueName.Incoming);
                store.RecordOutcomes(id, [new(0, DeliveryStatus.Deferred("4.4.1", "connect to mail.example.com[192.0.2.2]:25: Connection timed out"))]);
                store.Move(id, QueueName.Deferred, TimeProvider.System.GetUtcNow().AddMinutes(5));
            }
        })));
    }

    private static async Task ListAsync(SegmentedLogStore store)
    {
        var count = 0;
        foreach (var entry in store.Entries)
        {
            count += await store.LoadAsync(entry.Id, CancellationToken.None) == null ? 0 : 1;
        }

        Console.WriteLine($"{count} messages");
    }

    private static void Report(string what, long start) =>
        Console.WriteLine($"{what,-50} {Stopwatch.GetElapsedTime(start).TotalMilliseconds,10:F0} ms  {Usage.PrivateMegabytes(),6:F0} MB private, {GC.GetTotalMemory(forceFullCollection: true) / 1e6,4:F0} MB managed and live");
}
