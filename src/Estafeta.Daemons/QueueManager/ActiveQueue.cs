using System.Diagnostics.CodeAnalysis;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Scheduling;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// The messages being delivered and the scheduler that orders them, under one lock. Whoever brings or ends work pumps: starts what
/// the scheduler lets start, one thread at a time and only a little on a borrowed thread.
/// </summary>
internal sealed class ActiveQueue : IAsyncDisposable
{
    private const int PumpOnBorrowedThread = 4;
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly Lock _gate = new();
    private readonly Dictionary<QueueId, ActiveMessage> _messages = [];
    private readonly DeliveryScheduler _scheduler;
    private readonly OwnedTasks _tasks;
    private readonly ClogWarnings _clogs;
    private readonly ITimer _wakeUp;
    private readonly Func<DeliveryEntry, ValueTask<DeliveryOutcome>> _run;
    private readonly Action<ActiveMessage> _done;
    private readonly Action<ActiveMessage> _partlyDone;
    private bool _isPumping;
    private bool _isStopping;
    private bool _isArmed;
    private int _recipients;

    /// <param name="run">Makes one delivery; never throws.</param>
    /// <param name="done">Called when nothing of a message is open any more: it needs the next recipients, or is finished. Not under the lock.</param>
    /// <param name="partlyDone">Called when a delivery has ended and others of the message have not. Not under the lock.</param>
    /// <param name="scheduler">The algorithm.</param>
    /// <param name="tasks">Owns the deliveries.</param>
    /// <param name="clogs">Notices destinations that fill the queue.</param>
    /// <param name="time">The clock.</param>
    public ActiveQueue(
        DeliveryScheduler scheduler,
        Func<DeliveryEntry, ValueTask<DeliveryOutcome>> run,
        Action<ActiveMessage> done,
        Action<ActiveMessage> partlyDone,
        OwnedTasks tasks,
        ClogWarnings clogs,
        TimeProvider time)
    {
        _scheduler = scheduler;
        _run = run;
        _done = done;
        _partlyDone = partlyDone;
        _tasks = tasks;
        _clogs = clogs;
        _wakeUp = time.CreateTimer(static queue => ((ActiveQueue)queue!).WakeUp(), this, Never, Never); // the state given here
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _messages.Count;
            }
        }
    }

    public IReadOnlyList<ActiveMessage> Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages.Values];
            }
        }
    }

    /// <summary>Recipients scheduled or under delivery, of all messages.</summary>
    public int RecipientCount
    {
        get
        {
            lock (_gate)
            {
                return _recipients;
            }
        }
    }

    public bool Contains(QueueId id)
    {
        lock (_gate)
        {
            return _messages.ContainsKey(id);
        }
    }

    /// <summary>Takes a message in, to be routed next; false when it is in already, the queue is full or stopping.</summary>
    public bool TryEnter(ActiveMessage message, int limit)
    {
        lock (_gate)
        {
            if (_isStopping || _messages.Count >= limit)
            {
                return false;
            }

            message.IsRouting = true;
            return _messages.TryAdd(message.Id, message);
        }
    }

    /// <summary>Schedules recipients of a message and ends its routing.</summary>
    public void Schedule(ActiveMessage message, IReadOnlyList<RoutedRecipient> recipients, int unread)
    {
        bool isDone;
        lock (_gate)
        {
            message.IsRouting = false;
            message.UnreadRecipients = unread;
            if (message.Withdrawal == Withdrawal.None && recipients.Count > 0)
            {
                message.Open += recipients.Count;
                _recipients += recipients.Count;
                _scheduler.Add(message, recipients);
            }

            isDone = message.Open == 0;
        }

        if (isDone)
        {
            _done(message);
        }

        Pump(PumpOnBorrowedThread);
    }

    /// <summary>True for one caller at a time, when the message may get more recipients: some are unread and there is room.</summary>
    public bool TryBeginRefill(ActiveMessage message)
    {
        lock (_gate)
        {
            if (message.IsRouting || message.UnreadRecipients == 0 || (message.Open > 0 && !_scheduler.MayRefill(message)) || message.Withdrawal != Withdrawal.None || _isStopping)
            {
                return false;
            }

            message.IsRouting = true;
            return true;
        }
    }

    /// <summary>True once, when nothing of the message is open and no recipients are left to schedule.</summary>
    public bool TryBeginFinish(ActiveMessage message)
    {
        lock (_gate)
        {
            if (message.IsRouting || message.IsFinishing || message.Open > 0
                || (message.UnreadRecipients > 0 && message.Withdrawal == Withdrawal.None && !_isStopping))
            {
                return false;
            }

            message.IsFinishing = true;
            return true;
        }
    }

    /// <summary>Ends the message's time in the active queue.</summary>
    public void Leave(ActiveMessage message)
    {
        lock (_gate)
        {
            _messages.Remove(message.Id);
        }
    }

    /// <summary>
    /// Takes a message's waiting recipients out (postsuper -d, -h, -r). False when it is not here. It leaves when its running
    /// deliveries end, which may be at once.
    /// </summary>
    public bool Withdraw(QueueId id, Withdrawal withdrawal)
    {
        ActiveMessage? message;
        bool isDone;
        lock (_gate)
        {
            if (!_messages.TryGetValue(id, out message))
            {
                return false;
            }

            if (message.Withdrawal < withdrawal)
            {
                message.Withdrawal = withdrawal;
            }

            var wasOpen = message.Open > 0;
            foreach (var entry in DeliveryScheduler.Remove(message))
            {
                Close(message, entry);
            }

            isDone = wasOpen && message.Open == 0 && !message.IsRouting;
        }

        if (isDone)
        {
            _done(message);
        }

        return true;
    }

    /// <summary>Tries dead destinations and transports again (postqueue -f).</summary>
    public void ForgetFailures()
    {
        lock (_gate)
        {
            _scheduler.ForgetFailures();
        }

        Pump(PumpOnBorrowedThread);
    }

    public void ReloadSettings()
    {
        lock (_gate)
        {
            _scheduler.ReloadSettings();
        }

        Pump(PumpOnBorrowedThread);
    }

    /// <summary>No new messages and no new deliveries; those under way go on.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
        }
    }

    public ValueTask DisposeAsync() => _wakeUp.DisposeAsync();

    private void WakeUp()
    {
        lock (_gate)
        {
            _scheduler.WakeUp();
        }

        Pump(PumpOnBorrowedThread);
    }

    private void Pump(int most)
    {
        lock (_gate)
        {
            if (_isPumping)
            {
                // The one who pumps looks again after each start.
                return;
            }

            _isPumping = true;
        }

        PumpOn(most);
    }

    private void PumpOn(int most)
    {
        while (TryTake(out var entry))
        {
            _tasks.Add(RunAsync(entry));
            if (--most == 0)
            {
                // The thread belongs to somebody who waits for an answer.
                _tasks.Add(Task.Run(() => PumpOn(int.MaxValue)));
                return;
            }
        }
    }

    private bool TryTake([NotNullWhen(true)] out DeliveryEntry? entry)
    {
        lock (_gate)
        {
            if (!_isStopping && (_scheduler.TryTakeSuspended(out entry) || _scheduler.TryTake(out entry)))
            {
                if (entry.Suspended == null)
                {
                    _clogs.Check(entry, _messages.Count);
                }

                return true;
            }

            entry = null;
            _isPumping = false;
            ArmWakeUp();
            return false;
        }
    }

    private void ArmWakeUp()
    {
        var wait = _scheduler.UntilWakeUp;
        if (wait != null || _isArmed)
        {
            _isArmed = wait != null;
            _wakeUp.Change(wait ?? Never, Never);
        }
    }

    private async ValueTask RunAsync(DeliveryEntry entry)
    {
        var outcome = await _run(entry);
        var message = (ActiveMessage)entry.Message;
        bool isDone;
        lock (_gate)
        {
            if (entry.Suspended == null)
            {
                _scheduler.Finished(entry, Suspension(outcome.DestinationFailure));
                if (outcome.TransportFailure is { } failure)
                {
                    _scheduler.TransportFailed(entry.Transport, failure);
                }
            }

            Close(message, entry);
            isDone = message.Open == 0 && !message.IsRouting;
        }

        if (!isDone)
        {
            _partlyDone(message);
        }

        if (isDone || message.UnreadRecipients > 0)
        {
            _done(message);
        }

        Pump(int.MaxValue);
    }

    private void Close(ActiveMessage message, DeliveryEntry entry)
    {
        message.Open -= entry.Recipients.Count;
        _recipients -= entry.Recipients.Count;
    }

    private static DeliveryStatus? Suspension(DeliveryStatus? failure) =>
        failure == null ? null : failure with { Reason = "delivery temporarily suspended: " + failure.Reason, Relay = "none" };
}
