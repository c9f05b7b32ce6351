using System.Threading.Channels;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// qmgr(8): takes accepted mail straight from cleanup, loads deferred mail when it is due, has it delivered in the scheduler's order,
/// and tells the sender what became of it. Everything it knows can be rebuilt from the store at any time.
/// </summary>
public sealed class QueueManagerService : IActiveQueue, IAsyncDisposable
{
    // Content of waiting messages kept in memory; beyond it deliveries read it from the store.
    private const long ContentBudgetOctets = 32 * 1024 * 1024;

    private readonly IQueueStore _store;
    private readonly IMailLog _log;
    private readonly TimeProvider _time;
    private readonly OwnedTasks _tasks;
    private readonly ActiveQueue _active;
    private readonly Backlog _backlog;
    private readonly Func<string, IDeliveryAgent> _agentFor;
    private readonly NotificationSender _notify;
    private readonly ProbeReporter? _reportProbe;
    private readonly IAddressResolver? _probeResolver;
    private readonly ClockGuard _clock;
    private readonly DeliveryScheduler _scheduler;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _aborting = new();
    private Parts _parts;
    private long _contentOctets;
    private int _requested;
    private int _probes;

    public QueueManagerService(
        QueueManagerSettings settings,
        IQueueStore store,
        IAddressResolver resolver,
        Func<string, TransportSettings> transportSettings,
        Func<string, IDeliveryAgent> agentFor,
        NotificationSender notify,
        IMailLog log,
        TimeProvider time,
        ProbeReporter? reportProbe = null,
        IAddressResolver? probeResolver = null)
    {
        _store = store;
        _agentFor = agentFor;
        _notify = notify;
        _reportProbe = reportProbe;
        _probeResolver = probeResolver;
        _clock = new ClockGuard(log, time);
        InFlow = new InFlow(time);
        _backlog = new Backlog(InFlow);
        _log = log;
        _time = time;
        _tasks = new OwnedTasks(log);
        _parts = MakeParts(settings, resolver);
        _scheduler = new DeliveryScheduler(transportSettings, time) { Limits = settings.Limits, Trace = TraceOf(settings) };
        _active = new ActiveQueue(
            _scheduler,
            entry => _parts.Runner.RunAsync(entry, _aborting.Token),
            message => _tasks.Add(ContinueAsync(message)),
            message => _parts.Finisher.RecordDelivered(message),
            _tasks,
            new ClogWarnings(() => Settings, transportSettings, log, time),
            time);
    }

    private QueueManagerSettings Settings => _parts.Settings;

    public bool IsActive(QueueId id) => _active.Contains(id);

    public void MessageAccepted(QueuedMessage message, StoredContent content)
    {
        if (message.Queue == QueueName.Hold)
        {
            content.Dispose();
            return;
        }

        var active = New(message, isFlush: false);
        active.ReportKnownFailures();
        if (!_active.TryEnter(active, Settings.ActiveMessageLimit))
        {
            content.Dispose();
            _backlog.AddIncoming(message.Id);
            if (_active.Count < Settings.ActiveMessageLimit)
            {
                // The last one left before it could see this one waiting.
                _signal.Writer.TryWrite(true);
            }

            return;
        }

        Keep(active, content);
        _tasks.Add(ActivateAsync(active));
    }

    /// <summary>Runs until stopped; then lets the deliveries under way end.</summary>
    /// <param name="stopping">No new deliveries.</param>
    /// <param name="aborting">Ends those under way; their messages stay in the queue as they were.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken aborting)
    {
        await using var abort = aborting.Register(_aborting.Cancel);
        await using var end = stopping.Register(InFlow.Stop);
        try
        {
            // Mail of earlier runs: at once, as far as the store knows it, and again when it knows all.
            await ScanAsync(ScanRequest.Scan, stopping);
            await _store.Recovered.WaitAsync(stopping);
            await ScanAsync(ScanRequest.Scan, stopping);
            using var timer = new PeriodicTimer(Settings.QueueRunDelay, _time);
            var tick = timer.WaitForNextTickAsync(stopping).AsTask();
            var asked = _signal.Reader.WaitToReadAsync(stopping).AsTask();
            while (!stopping.IsCancellationRequested)
            {
                var ready = await Task.WhenAny(tick, asked);
                if (ready == tick)
                {
                    await tick;
                    Scan(ScanRequest.Scan);
                    tick = timer.WaitForNextTickAsync(stopping).AsTask();
                }
                else
                {
                    await asked;
                    ReadRequests();
                    asked = _signal.Reader.WaitToReadAsync(stopping).AsTask();
                }

                await FillAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The way this loop ends.
        }

        _active.Stop();
        await _tasks.WhenDoneAsync();
        foreach (var message in _active.Messages)
        {
            // Some of its recipients were waiting: the others must not get it again.
            _parts.Finisher.RecordDelivered(message);
        }

        await _store.FlushAsync(CancellationToken.None);
    }

    /// <summary>Asks for a look at the queue; requests made while one waits are merged. Never blocks.</summary>
    public void Request(ScanRequest request)
    {
        if (request.HasFlag(ScanRequest.FlushDead))
        {
            _active.ForgetFailures();
        }

        Interlocked.Or(ref _requested, (int)request);
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Tries one message now, due or not (postqueue -i).</summary>
    public void Flush(QueueId id)
    {
        _backlog.AddDeferred(id, isFlush: true);
        _signal.Writer.TryWrite(true);
    }

    /// <summary>Where new mail waits before it comes in, while there is no room for it.</summary>
    internal InFlow InFlow { get; }

    /// <summary>What postsuper needs of the messages under delivery.</summary>
    public ActiveMessages ActiveMessages => new(IsActive, (id, operation) => Withdraw(id, operation switch
    {
        QueueOperation.Hold => Withdrawal.Hold,
        QueueOperation.Requeue => Withdrawal.Requeue,
        _ => Withdrawal.Delete,
    }));

    /// <summary>Called when a withdrawn message has come to wait for pickup.</summary>
    public Action Requeued { get; init; } = static () => { };

    /// <summary>Takes a message out of delivery; false when it is not being delivered.</summary>
    internal bool Withdraw(QueueId id, Withdrawal withdrawal) => _active.Withdraw(id, withdrawal);

    /// <summary>
    /// Goes on with another configuration; what is under way ends as it began.
    /// </summary>
    public void Reload(QueueManagerSettings settings, IAddressResolver resolver)
    {
        Volatile.Write(ref _parts, MakeParts(settings, resolver));
        _scheduler.Trace = TraceOf(settings);
        _scheduler.Limits = settings.Limits;
        _active.ReloadSettings();
    }

    public async ValueTask DisposeAsync()
    {
        await _active.DisposeAsync();
        _aborting.Dispose();
    }

    /// <summary>Looks for mail that is due and lets in what there is room for.</summary>
    internal async ValueTask ScanAsync(ScanRequest request, CancellationToken cancellationToken)
    {
        Scan(request);
        await FillAsync(cancellationToken);
    }

    /// <summary>Nothing is under way, for tests.</summary>
    internal Task WhenIdleAsync() => _tasks.WhenDoneAsync();

    private Action<string>? TraceOf(QueueManagerSettings settings) => settings.HasFeedbackDebug ? _log.Info : null;

    private Parts MakeParts(QueueManagerSettings settings, IAddressResolver resolver)
    {
        var deliveryLog = new DeliveryLog(_log, settings.DelayResolution, settings.Addresses);
        return new Parts(
            settings,
            new RecipientRouter(settings, resolver, _probeResolver ?? resolver, deliveryLog, () => Volatile.Read(ref _probes), _time),
            new DeliveryRunner(settings, _store, _agentFor, deliveryLog, _time),
            new MessageFinisher(settings, _store, _notify, _reportProbe, _clock, _log, _time, () => Requeued()));
    }

    private ActiveMessage New(QueuedMessage message, bool isFlush) => new(message, _time.GetUtcNow(), isFlush)
    {
        HasOneRecipientPerDelivery = VerpAddress.Applies(message.Envelope),
    };

    private void Keep(ActiveMessage message, StoredContent content)
    {
        var octets = content.Head.Length + content.Body.Length;
        if (Interlocked.Add(ref _contentOctets, octets) <= ContentBudgetOctets)
        {
            message.Content = content;
            return;
        }

        Interlocked.Add(ref _contentOctets, -octets);
        content.Dispose();
    }

    private void ReadRequests()
    {
        _signal.Reader.TryRead(out _);
        var request = (ScanRequest)Interlocked.Exchange(ref _requested, 0);
        if (request != ScanRequest.None)
        {
            Scan(request);
        }
    }

    private void Scan(ScanRequest request)
    {
        var now = _time.GetUtcNow();
        var ignoreDue = request.HasFlag(ScanRequest.IgnoreDue);
        _clock.Check(Settings.QueueRunDelay);
        foreach (var entry in _store.Entries)
        {
            if (entry.Queue is QueueName.Hold or QueueName.Maildrop || _active.Contains(entry.Id))
            {
                continue;
            }

            if (entry.Queue != QueueName.Deferred)
            {
                _backlog.AddIncoming(entry.Id);
            }
            else if (ignoreDue || IsDue(entry, now))
            {
                _backlog.AddDeferred(entry.Id, ignoreDue);
            }
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (_active.Count < Settings.ActiveMessageLimit && _backlog.TryTake(out var id, out var isFlush))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_active.Contains(id) || await LoadAsync(id, cancellationToken) is not { } message || !IsWanted(message, isFlush))
            {
                continue;
            }

            var active = New(message, isFlush);
            if (_active.TryEnter(active, Settings.ActiveMessageLimit))
            {
                await ActivateAsync(active);
            }
            else if (!_active.Contains(id))
            {
                // New mail was faster: this one comes with the next room.
                PutBack(message, isFlush);
            }
        }
    }

    private void PutBack(QueuedMessage message, bool isFlush)
    {
        if (message.Queue == QueueName.Deferred)
        {
            _backlog.AddDeferred(message.Id, isFlush);
        }
        else
        {
            _backlog.AddIncoming(message.Id);
        }
    }

    private async ValueTask<QueuedMessage?> LoadAsync(QueueId id, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.LoadAsync(id, cancellationToken);
        }
        catch (IOException e)
        {
            // It stays where it is; the next scan tries again.
            _log.Warning($"{id}: cannot read message: {e.Message}");
            return null;
        }
    }

    // Nobody waits longer than maximal_backoff_time: a later due time is from before the clock was set back.
    private bool IsDue(QueueEntry entry, DateTimeOffset now) => entry.Due <= now || entry.Due > now + Settings.Retry.MaximalBackoff;

    // It may have been delivered, deferred or held since it was noticed.
    private bool IsWanted(QueuedMessage message, bool isFlush) => message.Queue switch
    {
        QueueName.Hold or QueueName.Maildrop => false,
        QueueName.Deferred => isFlush || _store.FindEntry(message.Id) is { } entry && IsDue(entry, _time.GetUtcNow()),
        _ => true,
    };

    private async ValueTask ActivateAsync(ActiveMessage message)
    {
        if (message.Envelope.IsProbe)
        {
            Interlocked.Increment(ref _probes);
        }

        _log.Info($"{message.IdText}: from=<{Settings.Addresses.Of(message.Envelope.Sender)}>, size={message.Message.ContentOctets}, nrcpt={message.Envelope.LoggedRecipientCount} (queue active)");
        await RouteMoreAsync(message);
    }

    /// <summary>Routes and schedules the first or next recipients.</summary>
    private async ValueTask RouteMoreAsync(ActiveMessage message)
    {
        var room = Settings.RecipientLimit - _active.RecipientCount;
        var most = Math.Max(room, Settings.RecipientMinimum);
        List<RoutedRecipient> routed;
        try
        {
            routed = await _parts.Router.RouteAsync(message, most, _aborting.Token);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            // A table or a bug of ours: the recipients not routed yet stay undelivered and are tried again.
            _log.Error($"{message.IdText}: address resolver: {e}");
            message.NextRecipient = message.Envelope.Recipients.Count;
            routed = [];
        }

        _active.Schedule(message, routed, RecipientRouter.CountUnread(message));
    }

    /// <summary>Nothing or little of the message is open: more recipients, or the end.</summary>
    private async ValueTask ContinueAsync(ActiveMessage message)
    {
        if (_active.TryBeginRefill(message))
        {
            await RouteMoreAsync(message);
            return;
        }

        if (!_active.TryBeginFinish(message))
        {
            return;
        }

        try
        {
            await _parts.Finisher.FinishAsync(message, _aborting.Token);
        }
        catch (OperationCanceledException) when (_aborting.IsCancellationRequested)
        {
            // Stopping: the store has the message as it was before this attempt.
        }
        finally
        {
            Leave(message);
        }

        ApplyLateWithdrawal(message);
    }

    // postsuper came while the attempt was being summed up: what it was told is done has to hold.
    private void ApplyLateWithdrawal(ActiveMessage message)
    {
        if (message.Withdrawal == Withdrawal.Delete)
        {
            _store.Remove(message.Id);
        }
        else if (message.Withdrawal != Withdrawal.None && _store.FindEntry(message.Id) is { Queue: not (QueueName.Hold or QueueName.Maildrop) })
        {
            _parts.Finisher.PutAside(message);
        }
    }

    private void Leave(ActiveMessage message)
    {
        if (message.Content is { } content)
        {
            Interlocked.Add(ref _contentOctets, -(content.Head.Length + content.Body.Length));
            content.Dispose();
            message.Content = null;
        }

        if (message.Envelope.IsProbe)
        {
            Interlocked.Decrement(ref _probes);
        }

        _active.Leave(message);
        if (!_backlog.IsEmpty)
        {
            _signal.Writer.TryWrite(true);
        }
    }

    /// <summary>Everything that follows from one configuration.</summary>
    private sealed record Parts(QueueManagerSettings Settings, RecipientRouter Router, DeliveryRunner Runner, MessageFinisher Finisher);
}

/// <summary>What a trigger of qmgr(8) asks for.</summary>
[Flags]
public enum ScanRequest
{
    /// <summary>Only fill the active queue from what is known to wait.</summary>
    None = 0,

    /// <summary>D and I: look for mail that is due.</summary>
    Scan = 1,

    /// <summary>A: deferred mail is due now, whatever its time.</summary>
    IgnoreDue = 2,

    /// <summary>F: forget which destinations and transports are dead.</summary>
    FlushDead = 4,
}
