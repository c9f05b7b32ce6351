using CsCheck;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>Random work against a dictionary: whatever happens, compaction and reopening included, the store and the model agree.</summary>
public sealed class StoreModelTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(StepKind.Accept)),
            (6, Gen.Const(StepKind.Remove)),
            (4, Gen.Const(StepKind.Outcome)),
            (3, Gen.Const(StepKind.Move)),
            (1, Gen.Const(StepKind.Expire)),
            (2, Gen.Const(StepKind.Flush)),
            (1, Gen.Const(StepKind.Check)),
            (1, Gen.Const(StepKind.Reopen))),
        Gen.Int[0, 1000],
        Gen.Frequency((10, Gen.Int[0, 6000]), (1, Gen.Int[16_000, 40_000])),
        (kind, pick, octets) => new Step(kind, pick, octets));

    private enum StepKind
    {
        Accept,
        Remove,
        Outcome,
        Move,
        Expire,
        Flush,
        Check,
        Reopen,
    }

    [Fact]
    public Task RandomWork_AgreesWithTheModel() =>
        Steps.Array[10, 120].SampleAsync(RunAsync, iter: 40, threads: 1);

    private static async Task RunAsync(Step[] steps)
    {
        using var directory = new StoreDirectory();
        var model = new Dictionary<QueueId, Expected>();
        var store = directory.Open();
        try
        {
            foreach (var step in steps)
            {
                if (step.Kind == StepKind.Reopen)
                {
                    await store.DisposeAsync();
                    store = await directory.OpenRecoveredAsync();
                    model.Values.Where(e => e.Queue == QueueName.Active).ToList().ForEach(e => e.IsQueueKnown = false);
                }

                await DoAsync(store, directory, model, step);
            }

            await CheckAsync(store, directory, model);
        }
        finally
        {
            await store.DisposeAsync();
        }

        Assert.Empty(directory.Warnings);
    }

    private static async Task DoAsync(SegmentedLogStore store, StoreDirectory directory, Dictionary<QueueId, Expected> model, Step step)
    {
        var id = model.Count == 0 ? default : model.Keys.ElementAt(step.Pick % model.Count);
        switch (step.Kind)
        {
            case StepKind.Accept:
                var body = StoreDirectory.Text(step.Octets, step.Pick);
                model[await StoreDirectory.AcceptAsync(store, body, recipients: 3)] = new Expected(body);
                break;
            case StepKind.Check or StepKind.Reopen:
                await CheckAsync(store, directory, model);
                break;
            case StepKind.Flush:
                await store.FlushAsync(None);
                break;
            default:
                if (model.TryGetValue(id, out var expected))
                {
                    Change(store, model, id, expected, step);
                }

                break;
        }
    }

    private static void Change(SegmentedLogStore store, Dictionary<QueueId, Expected> model, QueueId id, Expected expected, Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Remove:
                store.Remove(id);
                model.Remove(id);
                break;
            case StepKind.Outcome:
                var status = DeliveryStatus.Deferred("4.0.0", $"reason {step.Octets}");
                store.RecordOutcomes(id, [new(step.Pick % 3, status), new((step.Pick + 1) % 3, status)]);
                expected.Outcomes[step.Pick % 3] = status;
                expected.Outcomes[(step.Pick + 1) % 3] = status;
                break;
            case StepKind.Move:
                expected.Queue = (QueueName)(step.Pick % 4);
                expected.IsQueueKnown = true;
                var due = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + step.Octets);
                store.Move(id, expected.Queue, due);
                expected.Due = expected.Queue == QueueName.Active ? null : due;
                break;
            default:
                store.Expire(id);
                expected.IsExpired = true;
                break;
        }
    }

    private static async Task CheckAsync(SegmentedLogStore store, StoreDirectory directory, Dictionary<QueueId, Expected> model)
    {
        Assert.Equal(model.Keys.Order(Comparer<QueueId>.Create((a, b) => a.Number.CompareTo(b.Number))), store.Entries.Select(e => e.Id).OrderBy(i => i.Number));
        foreach (var (id, expected) in model)
        {
            var message = await store.LoadAsync(id, None);
            Assert.NotNull(message);
            Assert.Equal(expected.Outcomes, message.Outcomes);
            Assert.True(expected.IsQueueKnown ? message.Queue == expected.Queue : message.Queue is QueueName.Incoming or QueueName.Deferred);
            Assert.Equal(expected.IsExpired, message.IsForceExpired);
            Assert.Equal(expected.Body, await directory.ReadBodyAsync(store, id));
            if (expected.Due is { } due)
            {
                Assert.Equal(due, store.FindEntry(id)!.Value.Due);
            }
        }
    }

    private sealed record Step(StepKind Kind, int Pick, int Octets);

    private sealed class Expected(string body)
    {
        public string Body => body;

        public DeliveryStatus?[] Outcomes { get; } = new DeliveryStatus?[3];

        public QueueName Queue { get; set; }

        /// <summary>False after a restart while active: it is where it came from, or incoming.</summary>
        public bool IsQueueKnown { get; set; } = true;

        /// <summary>Null when the last run may have forgotten it.</summary>
        public DateTimeOffset? Due { get; set; }

        public bool IsExpired { get; set; }
    }
}
