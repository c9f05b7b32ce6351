using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;
using Estafeta.Queue.Storage.Log.Segments;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>Segments are used again, survivors move, and a long-deferred message does not wear its journal out.</summary>
public sealed class SegmentLifeTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreDirectory _directory = new();

    private string[] SegmentFiles => Directory.GetFiles(Path.Combine(_directory.Path, "store/segments"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task AcceptAndRemove_ManyTimesTheSegmentSize_UsesTheSameFilesAgain()
    {
        await using var store = _directory.Open();
        for (var i = 0; i < 300; i++)
        {
            store.Remove(await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(8000)));
            if (i % 10 == 0)
            {
                // The upkeep may be behind, not for long.
                await store.FlushAsync(None);
                await UntilAsync(store, () => SegmentFiles.Length is >= 1 and <= 8);
            }
        }

        Assert.Empty(store.Entries);
    }

    [Fact]
    public async Task Survivors_AreMovedWithTheirOutcomes()
    {
        var status = DeliveryStatus.Deferred("4.2.2", "mailbox full");
        var survivors = new List<QueueId>();
        await using (var store = _directory.Open())
        {
            for (var i = 0; i < 60; i++)
            {
                var id = await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(8000, i), recipients: 2);
                if (i % 10 == 0)
                {
                    survivors.Add(id);
                    store.RecordOutcomes(id, [new(1, status)]);
                    store.Move(id, QueueName.Hold, default);
                }
                else
                {
                    store.Remove(id);
                }
            }

            // Sixty messages filled fifteen segments; six survivors need two, and there are an open one and spares.
            await UntilAsync(store, () => SegmentFiles.Length <= 7);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        for (var i = 0; i < survivors.Count; i++)
        {
            var message = await again.LoadAsync(survivors[i], None);
            Assert.Equal([null, status], message!.Outcomes);
            Assert.Equal(QueueName.Hold, message.Queue);
            Assert.Equal(StoreDirectory.Text(8000, i * 10), await _directory.ReadBodyAsync(again, survivors[i]));
        }

        Assert.Equal(survivors.Count, again.Entries.Count());
        Assert.Empty(_directory.Warnings);
    }

    [Fact]
    public async Task Outcomes_MoreThanTheJournalHolds_AreKeptByMovingTheMessage()
    {
        QueueId id;
        await using (var store = _directory.Open())
        {
            id = await StoreDirectory.AcceptAsync(store, "long deferred", recipients: 2);
            for (var i = 0; i < 400; i++)
            {
                store.RecordOutcomes(id, [new(i % 2, DeliveryStatus.Deferred("4.4.1", $"attempt {i}: {StoreDirectory.Text(100)}"))]);
                store.Move(id, QueueName.Deferred, DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + i));
                if (i % 20 == 0)
                {
                    await store.FlushAsync(None);
                }
            }
        }

        await using var again = await _directory.OpenRecoveredAsync();
        var message = await again.LoadAsync(id, None);
        Assert.StartsWith("attempt 398", message!.Outcomes[0]!.Reason, StringComparison.Ordinal);
        Assert.StartsWith("attempt 399", message.Outcomes[1]!.Reason, StringComparison.Ordinal);
        Assert.Equal(1_700_000_399, again.FindEntry(id)!.Value.Due.ToUnixTimeSeconds());
        Assert.Empty(_directory.Warnings);
    }

    [Fact]
    public async Task Reopen_ManyTimes_DoesNotGatherFiles()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var store = await _directory.OpenRecoveredAsync();
            await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(1000, i));
            await store.FlushAsync(None);
        }

        await using var last = await _directory.OpenRecoveredAsync();
        await UntilAsync(last, () => SegmentFiles.Length <= 6);
        Assert.Equal(20, last.Entries.Count());
    }

    [Fact]
    public async Task Reopen_DamagedBatchInTheMiddle_KeepsTheRestAndSaysSo()
    {
        _directory.Options = _directory.Options with { CompactionAge = TimeSpan.FromHours(1) };
        var ids = new List<QueueId>();
        await using (var store = _directory.Open())
        {
            for (var i = 0; i < 5; i++)
            {
                ids.Add(await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(100, i)));
            }
        }

        var file = SegmentFiles.Single(f => File.ReadAllBytes(f).AsSpan().IndexOf("user0@example.com"u8) >= 0);
        await using (var stream = new FileStream(file, FileMode.Open))
        {
            // The second batch's header.
            stream.Position = 4096 + 8192 + 4096 + 20;
            stream.WriteByte(0xff);
        }

        await using var again = await _directory.OpenRecoveredAsync();
        Assert.Equal(ids.Where((_, i) => i != 1).Order(Comparer<QueueId>.Create((a, b) => a.Number.CompareTo(b.Number))), again.Entries.Select(e => e.Id).OrderBy(i => i.Number));
        Assert.Contains(_directory.Warnings, w => w.Contains("is damaged at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reopen_ForeignSegmentWithDamagedHeader_IsLeftAlone()
    {
        await using (var store = _directory.Open())
        {
            await StoreDirectory.AcceptAsync(store, "x");
        }

        var path = Path.Combine(_directory.Path, "store/segments/000077");
        await File.WriteAllBytesAsync(path, [.. Enumerable.Repeat((byte)7, 8192)], None);
        await using (var again = await _directory.OpenRecoveredAsync())
        {
            await again.FlushAsync(None);
        }

        Assert.True(File.Exists(path));
        Assert.Contains(_directory.Warnings, w => w.Contains("damaged header", StringComparison.Ordinal));
    }

    private static async Task UntilAsync(SegmentedLogStore store, Func<bool> condition)
    {
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await store.FlushAsync(giveUp.Token);
            await Task.Delay(1, giveUp.Token);
        }
    }
}
