using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;
using Estafeta.Unix;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>
/// Every file operation fails once, at every place it can: no false acceptance, nothing lost, and the store works again by itself
/// once the disk does.
/// </summary>
public sealed class DiskFaultTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(Errno.EIO, 1)]
    [InlineData(Errno.EIO, 4)]
    [InlineData(Errno.ENOSPC, 1)]
    [InlineData(Errno.ENOSPC, 4)]
    public async Task NthCallFails_ForEveryN_NothingAcknowledgedIsLost(int errno, int inARow)
    {
        for (var n = 1; ; n++)
        {
            using var directory = new StoreDirectory();
            var disk = new FaultyFileSystem();
            directory.Options = directory.Options with { FileSystem = disk };
            var accepted = new Dictionary<QueueId, string>();
            await using (var store = directory.Open())
            {
                disk.Fail(n, inARow, errno);
                await WorkAsync(store, accepted);
                disk.Heal();
                await AssertWorksAgainAsync(store, accepted);
                await AssertHoldsAsync(directory, store, accepted, n);
            }

            directory.Options = directory.Options with { FileSystem = new FaultyFileSystem() };
            await using var again = await directory.OpenRecoveredAsync();
            await AssertHoldsAsync(directory, again, accepted, n);
            if (!disk.HasFailed)
            {
                Assert.True(n > 20, $"only {n} calls were tried");
                return;
            }
        }
    }

    [Fact]
    public async Task FullDisk_RefusesThenRecoversByItself()
    {
        using var directory = new StoreDirectory();
        var disk = new FaultyFileSystem { CapacityOctets = 6 * 64 * 1024 };
        directory.Options = directory.Options with { FileSystem = disk };
        await using var store = directory.Open();
        var accepted = await FillAsync(store, 8000);
        await Assert.ThrowsAsync<StoreFullException>(() => StoreDirectory.AcceptAsync(store, StoreDirectory.Text(200_000)));

        // Delivery goes on: outcomes and removals need no new space.
        store.RecordOutcomes(accepted[0], [new(0, DeliveryStatus.Deferred("4.0.0", "later"))]);
        foreach (var id in accepted.Skip(1))
        {
            store.Remove(id);
        }

        await store.FlushAsync(None);
        await UntilAsync(() => store.Health == StoreHealth.Ok);
        await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(8000));
        Assert.NotNull((await store.LoadAsync(accepted[0], None))!.Outcomes[0]);
    }

    [Fact]
    public async Task FullDisk_WithSurvivorsInEverySegment_IsCompactedUntilThereIsSpace()
    {
        using var directory = new StoreDirectory();
        var disk = new FaultyFileSystem { CapacityOctets = 6 * 64 * 1024 };
        directory.Options = directory.Options with { FileSystem = disk, CompactionAge = TimeSpan.FromHours(1) };
        await using var store = directory.Open();
        var accepted = await FillAsync(store, 4000);
        for (var i = 0; i < accepted.Count; i++)
        {
            if (i % 4 != 0)
            {
                store.Remove(accepted[i]);
            }
        }

        await UntilAsync(() => store.Health == StoreHealth.Ok);
        await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(4000));
        for (var i = 0; i < accepted.Count; i += 4)
        {
            Assert.Equal(StoreDirectory.Text(4000), await directory.ReadBodyAsync(store, accepted[i]));
        }
    }

    /// <summary>smtpd goes by <c>store/room</c>, also while every pass of the upkeep fails.</summary>
    [Fact]
    public async Task FailingDisk_IsAnnounced()
    {
        using var directory = new StoreDirectory();
        var disk = new FaultyFileSystem();
        directory.Options = directory.Options with { FileSystem = disk, MaintenanceInterval = TimeSpan.FromMilliseconds(1) };
        await using var store = directory.Open();
        await UntilAsync(() => StoreRoom.Read(directory.Path)?.Health == StoreHealth.Ok);
        disk.Fail(1, int.MaxValue, Errno.EIO);
        await UntilAsync(async () =>
        {
            await TryAcceptAsync(store, [], "x");
            return store.Health == StoreHealth.ReadOnly;
        });
        await UntilAsync(() => StoreRoom.Read(directory.Path)?.Health == StoreHealth.ReadOnly);
        disk.Heal();
        await UntilAsync(() => StoreRoom.Read(directory.Path)?.Health == StoreHealth.Ok);
    }

    private static async Task WorkAsync(SegmentedLogStore store, Dictionary<QueueId, string> accepted)
    {
        for (var round = 0; round < 6; round++)
        {
            foreach (var octets in new[] { 3000, 9000, 20_000 })
            {
                await TryAcceptAsync(store, accepted, StoreDirectory.Text(octets, round));
            }

            foreach (var id in accepted.Keys.ToList().Where((_, i) => i % 3 != 0))
            {
                store.Remove(id);
                accepted.Remove(id);
            }

            foreach (var id in accepted.Keys)
            {
                store.RecordOutcomes(id, [new(0, DeliveryStatus.Deferred("4.0.0", $"round {round}"))]);
                store.Move(id, QueueName.Deferred, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
            }

            try
            {
                await store.FlushAsync(None);
            }
            catch (StoreUnavailableException)
            {
                // It says so, and writes later what it could not.
            }
        }
    }

    // Batches of one message are moved together when there is no room, which makes some, so that there is space again for a while.
    private static async Task<List<QueueId>> FillAsync(SegmentedLogStore store, int octets)
    {
        var accepted = new List<QueueId>();
        await UntilAsync(async () =>
        {
            await Assert.ThrowsAsync<StoreFullException>(async () =>
            {
                while (true)
                {
                    accepted.Add(await StoreDirectory.AcceptAsync(store, StoreDirectory.Text(octets)));
                }
            });
            return store.Health == StoreHealth.Full;
        });
        return accepted;
    }

    private static async Task TryAcceptAsync(SegmentedLogStore store, Dictionary<QueueId, string> accepted, string body)
    {
        var id = StoreDirectory.NewId();
        try
        {
            await StoreDirectory.AcceptAsync(store, id, body, StoreDirectory.NewEnvelope());
            accepted[id] = body;
        }
        catch (Exception e) when (e is StoreFullException or StoreUnavailableException)
        {
            Assert.Null(store.FindEntry(id));
        }
    }

    private static async Task AssertWorksAgainAsync(SegmentedLogStore store, Dictionary<QueueId, string> accepted)
    {
        await UntilAsync(() => store.Health == StoreHealth.Ok);
        var id = await StoreDirectory.AcceptAsync(store, "works again");
        accepted[id] = "works again";
        await UntilAsync(async () =>
        {
            try
            {
                await store.FlushAsync(None);
                return true;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
    }

    private static async Task AssertHoldsAsync(StoreDirectory directory, SegmentedLogStore store, Dictionary<QueueId, string> accepted, int n)
    {
        foreach (var (id, body) in accepted)
        {
            Assert.True(store.FindEntry(id) != null, $"call {n}: {id} is gone; {string.Join("; ", directory.Warnings)}");
            Assert.Equal(body, await directory.ReadBodyAsync(store, id));
        }

        var unknown = store.Entries.Select(e => e.Id).Except(accepted.Keys).ToList();
        Assert.True(unknown.Count == 0, $"call {n}: {unknown.Count} messages are back; {string.Join("; ", directory.Warnings)}");
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            await Task.Delay(1, giveUp.Token);
        }
    }
}
