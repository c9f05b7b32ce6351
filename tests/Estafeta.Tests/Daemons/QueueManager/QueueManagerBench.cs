using Estafeta.Daemons.Error;
using Estafeta.Daemons.QueueManager;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;
using Estafeta.Services.Rewriting;

namespace Estafeta.Tests.Daemons.QueueManager;

/// <summary>
/// A queue manager over a store in memory. Domains are next hops of transport smtp; what an agent answers is decided by the test,
/// recipient by recipient, and may wait.
/// </summary>
internal sealed class QueueManagerBench : IAddressResolver, IDeliveryAgent, IAsyncDisposable
{
    private readonly SemaphoreSlim _arrived = new(0);

    public QueueManagerBench(QueueManagerSettings? settings = null, TransportSettings? smtp = null)
    {
        Store = new MemoryQueueStore(Time);
        Settings = settings ?? new QueueManagerSettings();
        smtp ??= new TransportSettings { Name = "smtp" };
        var log = new DeliveryLog(Log, 2);
        var retry = new ErrorAgent(isRetry: true, isSoftBounce: false, log, Time);
        var error = new ErrorAgent(isRetry: false, Settings.SoftBounce, log, Time);
        Service = new QueueManagerService(
            Settings,
            Store,
            this,
            name => smtp with { Name = name },
            name => name switch { "retry" => retry, "error" => error, _ => this },
            NotifyAsync,
            Log,
            Time,
            (address, status, _) =>
            {
                Probes.Add((address, status));
                return ValueTask.CompletedTask;
            })
        {
            Requeued = () => Requeued++,
        };
    }

    public ManualTime Time { get; } = new();

    public QueueManagerSettings Settings { get; }

    public MemoryQueueStore Store { get; }

    public MemoryMailLog Log { get; } = new();

    public QueueManagerService Service { get; }

    public List<NotificationRequest> Notifications { get; } = [];

    public List<(string Address, DeliveryStatus Status)> Probes { get; } = [];

    /// <summary>How often a message has come to wait for pickup.</summary>
    public int Requeued { get; private set; }

    /// <summary>Runs while the sender is being told.</summary>
    public Action? WhileNotifying { get; set; }

    public bool CanNotify { get; set; } = true;

    /// <summary>Requests the agent got.</summary>
    public List<DeliveryRequest> Requests { get; } = [];

    /// <summary>What becomes of a recipient; sent by default. Throwing is allowed.</summary>
    public Func<DeliveryRequest, string, DeliveryStatus?> Answer { get; set; } = (_, _) => Sent;

    /// <summary>Deliveries end when this is completed; null ends them at once.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public Func<DeliveryRequest, DeliveryStatus?> DestinationFailure { get; set; } = _ => null;

    public static DeliveryStatus Sent { get; } = DeliveryStatus.Sent("2.0.0", "250 Ok") with { SuccessWord = "relayed" };

    public static DeliveryStatus Refused { get; } = DeliveryStatus.Bounced("5.1.1", "no such user");

    public static DeliveryStatus Busy { get; } = DeliveryStatus.Deferred("4.2.0", "busy");

    public string Remaining => string.Join(" ", Store.Entries.Select(e => e.Queue.ToString()).Order(StringComparer.Ordinal));

    public async ValueTask<QueueId> AcceptAsync(string sender, params string[] recipients) => await AcceptAsync(NewEnvelope(sender, recipients));

    public async ValueTask<QueueId> AcceptAsync(Envelope envelope)
    {
        var (message, content) = Store.Accept(envelope);
        Service.MessageAccepted(message, content);
        await IdleAsync();
        return message.Id;
    }

    public Envelope NewEnvelope(string sender, params string[] recipients) => new()
    {
        Sender = sender,
        Recipients = [.. recipients.Select(r => new EnvelopeRecipient(r) { OriginalAddress = r })],
        ArrivalTime = Time.GetUtcNow(),
    };

    public async ValueTask ScanAsync(ScanRequest request = ScanRequest.Scan)
    {
        await Service.ScanAsync(request, CancellationToken.None);
        await IdleAsync();
    }

    /// <summary>Waits for the work under way, unless the test holds it.</summary>
    public Task IdleAsync() => Gate == null ? Service.WhenIdleAsync() : Task.CompletedTask;

    /// <summary>Waits until the agent has got so many more requests.</summary>
    public async Task ArrivedAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            await _arrived.WaitAsync();
        }
    }

    public string Rewrite(string address, bool localContext) => address;

    public ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken)
    {
        var domain = address[(address.LastIndexOf('@') + 1)..];
        return ValueTask.FromResult(domain switch
        {
            "local.test" => new ResolvedAddress(AddressClass.Local, "local", domain, address),
            "error.test" => new ResolvedAddress(AddressClass.Default, "error", "5.7.1 closed", address),
            "trouble.test" => new ResolvedAddress(AddressClass.Trouble, "", "", address) { Error = "4.3.0 table trouble" },
            "bad.test" => new ResolvedAddress(AddressClass.Invalid, "", "", address) { Error = "5.1.3 bad address syntax" },
            _ => new ResolvedAddress(AddressClass.Default, "smtp", domain, address),
        });
    }

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }

        _arrived.Release();

        if (Gate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        foreach (var recipient in request.Recipients)
        {
            if (Answer(request, recipient.Address) is { } status)
            {
                await report(recipient.Index, status);
            }
        }

        return new DeliveryEnd(DestinationFailure(request));
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    private ValueTask<bool> NotifyAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        lock (Notifications)
        {
            Notifications.Add(request);
        }

        WhileNotifying?.Invoke();
        return ValueTask.FromResult(CanNotify);
    }
}
