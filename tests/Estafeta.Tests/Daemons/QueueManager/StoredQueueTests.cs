using System.Buffers;
using Estafeta.Daemons.Error;
using Estafeta.Daemons.QueueManager;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tests.Queue.Storage;

namespace Estafeta.Tests.Daemons.QueueManager;

/// <summary>The queue manager over the real store: what is in the queue after a restart is what should be.</summary>
public sealed class StoredQueueTests : IAddressResolver, IDeliveryAgent, IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-qmgr").FullName;
    private readonly MemoryMailLog _log = new();
    private readonly List<string> _delivered = [];
    private SegmentedLogStore _store;
    private QueueManagerService _service;
    private uint _number = 0x10000;
    private int _requeued;
    private Func<string, DeliveryStatus?> _answer = _ => QueueManagerBench.Sent;

    public StoredQueueTests()
    {
        _store = OpenStore();
        _service = NewService();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Deferred_SurvivesARestart_WithItsReasonsAndTime()
    {
        _answer = address => address[0] == 'b' ? QueueManagerBench.Busy : QueueManagerBench.Sent;
        var id = await AcceptAsync("b@example.org", "c@example.org");
        var due = _store.FindEntry(id)!.Value.Due;
        await RestartAsync();
        var entry = Assert.Single(_store.Entries);
        Assert.Equal((QueueName.Deferred, due), (entry.Queue, entry.Due));
        var message = await _store.LoadAsync(id, CancellationToken.None);
        Assert.Equal([DeliveryAction.Deferred, DeliveryAction.Sent], message!.Outcomes.Select(o => o!.Action));
        _answer = _ => QueueManagerBench.Sent;
        _delivered.Clear();
        await _service.ScanAsync(ScanRequest.IgnoreDue, CancellationToken.None);
        await _service.WhenIdleAsync();
        Assert.Equal(["b@example.org"], _delivered);
        Assert.Empty(_store.Entries);
    }

    [Fact]
    public async Task CutOff_RecipientsThatHaveItDoNotGetItAgain()
    {
        // The agent of the second destination never answers; the process ends.
        _answer = address => address.EndsWith("slow.test", StringComparison.Ordinal) ? null : QueueManagerBench.Sent;
        var id = await AcceptAsync("b@quick.test", "c@slow.test");
        await RestartAsync();
        _answer = _ => QueueManagerBench.Sent;
        _delivered.Clear();
        await _service.ScanAsync(ScanRequest.IgnoreDue, CancellationToken.None);
        await _service.WhenIdleAsync();
        Assert.Equal(["c@slow.test"], _delivered);
        Assert.Null(_store.FindEntry(id));
    }

    [Fact]
    public async Task LargeBody_IsDeliveredFromItsFile()
    {
        _answer = _ => QueueManagerBench.Busy;
        var id = await AcceptBodyAsync(new string('x', 600_000) + "\n", "b@example.org");
        await RestartAsync();
        using var content = await _store.OpenContentAsync(id, CancellationToken.None);
        Assert.NotNull(content!.BodyPath);
        Assert.Equal(600_001, content.BodyOctets);
    }

    [Fact]
    public async Task HundredsDeferred_AfterARestart_AreAllDeliveredOnce()
    {
        _answer = _ => QueueManagerBench.Busy;
        for (var i = 0; i < 300; i++)
        {
            await AcceptAsync($"u{i}@d{i % 50}.test");
        }

        await RestartAsync();
        Assert.Equal(300, _store.Entries.Count());
        _answer = _ => QueueManagerBench.Sent;
        _delivered.Clear();
        await _service.ScanAsync(ScanRequest.IgnoreDue, CancellationToken.None);
        await _service.WhenIdleAsync();
        Assert.Equal(300, _delivered.Distinct().Count());
        Assert.Equal(300, _delivered.Count);
        Assert.Empty(_store.Entries);
    }

    [Fact]
    public async Task Administration_HoldReleaseExpireRequeueDelete()
    {
        _answer = _ => QueueManagerBench.Busy;
        var id = await AcceptAsync("b@example.org");
        var administration = new QueueAdministration(_store, _service.ActiveMessages, () => _requeued++, TimeProvider.System);
        Assert.True(Apply(QueueOperation.Hold));
        Assert.False(Apply(QueueOperation.Hold));
        Assert.Equal(QueueName.Hold, administration.Find(id));
        Assert.False(administration.Apply(QueueOperation.Delete, id, QueueSelection.Deferred));
        await _service.ScanAsync(ScanRequest.IgnoreDue, CancellationToken.None);
        Assert.Equal(QueueName.Hold, administration.Find(id));
        Assert.True(Apply(QueueOperation.Release));
        Assert.False(Apply(QueueOperation.Release));
        Assert.True(Apply(QueueOperation.Expire));
        Assert.False(Apply(QueueOperation.Expire));
        Assert.True((await _store.LoadAsync(id, CancellationToken.None))!.IsForceExpired);
        Assert.Equal([id], administration.Select(QueueSelection.Deferred));
        Assert.True(Apply(QueueOperation.Requeue));
        Assert.Equal(1, _requeued);
        Assert.Equal(QueueName.Maildrop, administration.Find(id));

        // Waiting for pickup, it can only be deleted.
        await _service.ScanAsync(ScanRequest.IgnoreDue, CancellationToken.None);
        Assert.Equal(QueueName.Maildrop, administration.Find(id));
        Assert.All([QueueOperation.Requeue, QueueOperation.Hold, QueueOperation.Release, QueueOperation.Expire], o => Assert.False(Apply(o)));
        Assert.True(Apply(QueueOperation.Delete));
        Assert.False(Apply(QueueOperation.Delete));
        Assert.Empty(_store.Entries);

        bool Apply(QueueOperation operation) => administration.Apply(operation, id, QueueSelection.All | QueueSelection.Maildrop);
    }

    [Fact]
    public async Task Listing_ShowsWhatIsLeftAndWhy()
    {
        _answer = address => address[0] == 'b' ? QueueManagerBench.Busy : QueueManagerBench.Sent;
        var id = await AcceptAsync("b b@example.org", "c@example.org");
        var messages = new List<ListedMessage>();
        await foreach (var message in new QueueListing(_store, ActiveMessages.None).ListAsync(CancellationToken.None))
        {
            messages.Add(message);
        }

        var listed = Assert.Single(messages);
        Assert.Equal(("deferred", id.ToString(), "a@example.com"), (listed.Queue, listed.Id, listed.Sender));
        Assert.Equal(("\"b b\"@example.org", "busy"), (Assert.Single(listed.Recipients).Address, listed.Recipients[0].Reason));
    }

    string IAddressResolver.Rewrite(string address, bool localContext) => address;

    ValueTask<ResolvedAddress> IAddressResolver.ResolveAsync(string sender, string address, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ResolvedAddress(AddressClass.Default, "smtp", address[(address.LastIndexOf('@') + 1)..], address));

    async ValueTask<DeliveryEnd> IDeliveryAgent.DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        foreach (var recipient in request.Recipients)
        {
            if (_answer(recipient.Address) is not { } status)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                break;
            }

            lock (_delivered)
            {
                _delivered.Add(recipient.Address);
            }

            await report(recipient.Index, status);
        }

        return DeliveryEnd.Good;
    }

    private SegmentedLogStore OpenStore() => StoreDirectory.Open(new StoreOptions { QueueDirectory = _directory });

    private QueueManagerService NewService()
    {
        var retry = new ErrorAgent(isRetry: true, isSoftBounce: false, new DeliveryLog(_log, 2), TimeProvider.System);
        return new QueueManagerService(
            new QueueManagerSettings(),
            _store,
            this,
            name => new TransportSettings { Name = name },
            name => name == "retry" ? retry : this,
            (_, _) => ValueTask.FromResult(true),
            _log,
            TimeProvider.System);
    }

    private Task<QueueId> AcceptAsync(params string[] recipients) => AcceptBodyAsync("body\n", recipients);

    private async Task<QueueId> AcceptBodyAsync(string body, params string[] recipients)
    {
        var id = QueueId.Create(TimeProvider.System.GetUtcNow(), _number++, longForm: false);
        var envelope = new Envelope
        {
            Sender = "a@example.com",
            Recipients = [.. recipients.Select(r => new EnvelopeRecipient(r))],
            ArrivalTime = TimeProvider.System.GetUtcNow(),
        };
        await using var content = _store.CreateContent(id);
        content.Head.Write("Subject: x\n\n"u8);
        await content.WriteBodyAsync(System.Text.Encoding.ASCII.GetBytes(body), CancellationToken.None);
        var message = await _store.AcceptAsync(id, envelope, content, QueueName.Incoming, CancellationToken.None);
        _service.MessageAccepted(message, content.TakeContent());
        if (recipients.All(r => _answer(r) != null))
        {
            await _service.WhenIdleAsync();
        }

        return id;
    }

    // As a stop does, deliveries that do not end included.
    private async Task StopAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _service.RunAsync(now.Token, now.Token);
        await _service.DisposeAsync();
        await _store.DisposeAsync();
    }

    private async Task RestartAsync()
    {
        await StopAsync();
        _store = OpenStore();
        await _store.Recovered;
        _service = NewService();
    }
}
