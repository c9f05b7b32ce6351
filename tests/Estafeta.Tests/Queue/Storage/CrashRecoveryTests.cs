using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>
/// Reopens the store from every prefix of what it did to the disk: what was acknowledged is there and whole, what was removed for good
/// stays away, nothing is there that was never sent.
/// </summary>
public sealed class CrashRecoveryTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly StoreDirectory _directory = new();
    private readonly Dictionary<QueueId, string> _bodies = [];

    private enum Progress
    {
        Begun,
        Acknowledged,
        Removed,
        RemovalFlushed,
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Reopen_AfterKillAtEveryStep_FindsTheAcknowledged() =>
        await ReplayAsync(await RecordAsync(seed: 1), (steps, root) => CrashImage.AfterKill(steps, root));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Reopen_AfterPowerLossAtEveryStep_FindsTheAcknowledged(int seed)
    {
        var random = new Random(seed);
        await ReplayAsync(await RecordAsync(seed), (steps, root) => CrashImage.AfterPowerLoss(steps, root, random));
    }

    private async Task<IReadOnlyList<DiskStep>> RecordAsync(int seed)
    {
        var disk = new RecordingFileSystem(_directory.Path);
        _directory.Options = _directory.Options with { FileSystem = disk };
        var random = new Random(seed);
        var live = new List<QueueId>();
        await using (var store = _directory.Open())
        {
            for (var round = 0; round < 14; round++)
            {
                var accepts = new List<Task<QueueId>>();
                for (var i = random.Next(1, 4); i >= 0; i--)
                {
                    accepts.Add(AcceptAsync(store, disk, StoreDirectory.Text(random.Next(10) == 0 ? 20_000 : random.Next(9000), random.Next())));
                }

                live.AddRange(await Task.WhenAll(accepts));
                await ChangeSomeAsync(store, disk, random, live);
            }
        }

        return disk.Steps;
    }

    private async Task<QueueId> AcceptAsync(SegmentedLogStore store, RecordingFileSystem disk, string body)
    {
        var id = StoreDirectory.NewId();
        lock (_bodies)
        {
            _bodies[id] = body;
        }

        disk.Mark((id, Progress.Begun));
        await StoreDirectory.AcceptAsync(store, id, body, StoreDirectory.NewEnvelope());
        disk.Mark((id, Progress.Acknowledged));
        return id;
    }

    private static async Task ChangeSomeAsync(SegmentedLogStore store, RecordingFileSystem disk, Random random, List<QueueId> live)
    {
        var removed = new List<QueueId>();
        foreach (var id in live.ToList())
        {
            switch (random.Next(4))
            {
                case 0:
                    store.RecordOutcomes(id, [new(0, DeliveryStatus.Deferred("4.0.0", "later"))]);
                    store.Move(id, QueueName.Deferred, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
                    break;
                case 1 or 2:
                    disk.Mark((id, Progress.Removed));
                    store.Remove(id);
                    live.Remove(id);
                    removed.Add(id);
                    break;
                default:
                    break;
            }
        }

        if (random.Next(3) == 0)
        {
            await store.FlushAsync(None);
            removed.ForEach(id => disk.Mark((id, Progress.RemovalFlushed)));
        }
    }

    private async Task ReplayAsync(IReadOnlyList<DiskStep> steps, Action<IEnumerable<DiskStep>, string> build)
    {
        var progress = new Dictionary<QueueId, Progress>();
        for (var length = 0; length <= steps.Count; length++)
        {
            if (length > 0 && steps[length - 1].Mark is ValueTuple<QueueId, Progress> mark)
            {
                progress[mark.Item1] = mark.Item2;
                continue;
            }

            using var image = new StoreDirectory();
            image.Options = image.Options with { SpareSegments = 1, CompactionAge = TimeSpan.FromHours(1) };
            build(steps.Take(length), image.Path);
            await CheckAsync(image, progress, $"after {length} of {steps.Count} steps");
        }
    }

    private async Task CheckAsync(StoreDirectory image, Dictionary<QueueId, Progress> progress, string when)
    {
        await using var store = await image.OpenRecoveredAsync();
        var found = store.Entries.Select(e => e.Id).ToHashSet();
        foreach (var (id, state) in progress)
        {
            if (state == Progress.Acknowledged)
            {
                Assert.True(found.Contains(id), $"{when}: {id} was acknowledged and is gone");
            }

            Assert.False(state == Progress.RemovalFlushed && found.Contains(id), $"{when}: {id} was removed for good and is back");
            if (found.Remove(id) && await image.ReadBodyAsync(store, id) is var body && body != _bodies[id])
            {
                Assert.Fail($"{when}: {id} is not what was sent");
            }
        }

        Assert.True(found.Count == 0, $"{when}: messages nobody sent");
        Assert.True(image.Warnings.IsEmpty, $"{when}: {string.Join("; ", image.Warnings)}");
    }
}
