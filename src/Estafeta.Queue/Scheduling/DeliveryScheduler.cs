using System.Diagnostics.CodeAnalysis;
using Estafeta.Mail.Dsn;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// The queue manager's algorithm: which recipients of which message are delivered next. Transports take turns; within a transport
/// messages are served in order, small ones slip past large ones, destinations have concurrency windows, and dead destinations are
/// left alone for a while. Pure: no I/O, no clock of its own, not thread-safe; the queue manager calls it under its lock.
/// </summary>
/// <param name="settingsFor">The settings of a transport, asked for when it is first used.</param>
public sealed class DeliveryScheduler(Func<string, TransportSettings> settingsFor, TimeProvider time)
{
    private readonly Dictionary<string, TransportQueue> _transports = new(StringComparer.Ordinal);
    private readonly List<TransportQueue> _turns = [];
    private readonly Queue<DeliveryEntry> _suspended = new();
    private readonly HoldTimers _holds = new();
    private readonly long _origin = time.GetTimestamp();
    private int _nextTurn;
    private int _deadDestinations;
    private long _sequence;

    public SchedulerLimits Limits { get; set; } = new();

    /// <summary>Takes a line for every move of a concurrency window (destination_concurrency_feedback_debug).</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Deliveries under way.</summary>
    public int Busy { get; private set; }

    private long Now => time.GetElapsedTime(_origin).Ticks;

    /// <summary>Adds recipients of a message: all of them, or a batch when it has too many to be held at once.</summary>
    public void Add(ScheduledMessage message, IReadOnlyList<RoutedRecipient> recipients)
    {
        if (message.Sequence == 0)
        {
            message.Sequence = ++_sequence;
            message.EnqueuedTicks = Now;
        }

        message.LastBatchTicks = Now;
        message.FinishedSinceBatch = 0;
        for (var i = 0; i < recipients.Count; i++)
        {
            var transport = TransportFor(recipients[i].Transport);
            var destination = transport.DestinationFor(recipients[i], message.LastBatchTicks);
            transport.Add(transport.JobFor(message), destination, recipients[i]);
        }

        for (var job = message.FirstJob; job != null; job = job.NextOfMessage)
        {
            SuspendDead(job);
            job.Transport.Listed(job, Now);
        }
    }

    /// <summary>The next delivery to start; false when nothing can be started now.</summary>
    public bool TryTake([NotNullWhen(true)] out DeliveryEntry? entry)
    {
        for (var tried = 0; tried < _turns.Count; tried++)
        {
            if (_nextTurn >= _turns.Count)
            {
                _nextTurn = 0;
            }

            var transport = _turns[_nextTurn++];
            if (transport.CanDeliver)
            {
                entry = transport.Take(Now);
                Busy++;
                return true;
            }
        }

        entry = null;
        return false;
    }

    /// <summary>Entries that shall be deferred at once because their destination or transport is dead; each is returned once.</summary>
    public bool TryTakeSuspended([NotNullWhen(true)] out DeliveryEntry? entry) => _suspended.TryDequeue(out entry);

    /// <summary>A delivery ended.</summary>
    /// <param name="destinationFailure">Set when the destination as a whole could not be used.</param>
    public void Finished(DeliveryEntry entry, DeliveryStatus? destinationFailure)
    {
        var destination = entry.Peer.Destination;
        var transport = destination.Transport;
        var settings = transport.Settings;
        var now = Now;
        Busy--;
        entry.Message.FinishedSinceBatch += entry.Recipients.Count;
        if (destinationFailure == null)
        {
            Revive(destination);
            destination.Window.OnSuccess(destination.Busy);
            Trace?.Invoke($"qmgr_queue_unthrottle: queue {destination.Nexthop}: {destination.Window}");
        }
        else
        {
            var isDead = destination.Window.OnFailure();
            Trace?.Invoke($"qmgr_queue_throttle: queue {destination.Nexthop}: {destination.Window}");
            if (isDead)
            {
                MarkDead(destination, destinationFailure, now);
            }
        }

        if (settings.DestinationRateDelay > TimeSpan.Zero && destination.HeldUntil == 0)
        {
            destination.HeldUntil = now + settings.DestinationRateDelay.Ticks;
            _holds.Add(destination, destination.HeldUntil);
        }

        if (settings.TransportRateDelay > TimeSpan.Zero && transport.HeldUntil == 0)
        {
            transport.HeldUntil = now + settings.TransportRateDelay.Ticks;
            _holds.Add(transport, transport.HeldUntil);
        }

        transport.Finished(entry, now);
    }

    /// <summary>The delivery could not be started or was cut off because the agent is not there: its transport is left alone for a while.</summary>
    public void TransportFailed(string name, DeliveryStatus reason)
    {
        var transport = TransportFor(name);
        transport.DeadReason = reason;
        transport.HeldUntil = Now + Limits.TransportRetryTime.Ticks;
        _holds.Add(transport, transport.HeldUntil);
        transport.DrainAll(reason, _suspended);
    }

    /// <summary>Takes the message's waiting entries out; those under delivery go on.</summary>
    public static IReadOnlyCollection<DeliveryEntry> Remove(ScheduledMessage message)
    {
        var removed = new Queue<DeliveryEntry>();
        for (var job = message.FirstJob; job != null; job = job.NextOfMessage)
        {
            job.Transport.Remove(job, null, removed);
        }

        return removed;
    }

    /// <summary>Reads the transports' settings again (reload). Windows and pauses stay as they are.</summary>
    public void ReloadSettings()
    {
        foreach (var transport in _turns)
        {
            transport.Settings = settingsFor(transport.Settings.Name);
            foreach (var destination in transport.Destinations.Values)
            {
                destination.Window.Settings = transport.Settings;
            }
        }
    }

    /// <summary>Whether more of the message's recipients may be added before all it has here are done.</summary>
    public bool MayRefill(ScheduledMessage message) => RecipientPool.MayRefill(message, Now);

    /// <summary>Forgets which destinations and transports are dead (postqueue -f).</summary>
    public void ForgetFailures()
    {
        foreach (var transport in _turns)
        {
            if (transport.DeadReason != null)
            {
                transport.DeadReason = null;
                transport.HeldUntil = 0;
            }

            foreach (var destination in (Destination[])[.. transport.Destinations.Values])
            {
                if (Revive(destination))
                {
                    destination.Window.Reset();
                    transport.Refresh(destination);
                }
            }
        }
    }

    /// <summary>How long until <see cref="WakeUp"/> may free something; null when nothing is held.</summary>
    public TimeSpan? UntilWakeUp => _holds.Next is { } due ? TimeSpan.FromTicks(Math.Max(due - Now, 0)) : null;

    /// <summary>Ends the pauses that are over.</summary>
    public void WakeUp()
    {
        var now = Now;
        while (_holds.TryTake(now, out var held, out var due))
        {
            switch (held)
            {
                case TransportQueue transport when transport.HeldUntil == due:
                    transport.HeldUntil = 0;
                    transport.DeadReason = null;
                    break;
                case Destination destination when destination.HeldUntil == due:
                    EndHold(destination);
                    break;
            }
        }
    }

    private TransportQueue TransportFor(string name)
    {
        if (!_transports.TryGetValue(name, out var transport))
        {
            transport = new TransportQueue(settingsFor(name));
            _transports.Add(name, transport);
            _turns.Add(transport);
        }

        return transport;
    }

    private void SuspendDead(Job job)
    {
        if (job.Transport.DeadReason is { } reason)
        {
            job.Transport.Remove(job, reason, _suspended);
            return;
        }

        for (var peer = job.FirstPeer; peer != null;)
        {
            var next = peer.NextOfJob;
            if (peer.Destination.DeadReason is { } dead)
            {
                job.Transport.Drain(peer.Destination, dead, _suspended);
            }

            peer = next;
        }
    }

    private void MarkDead(Destination destination, DeliveryStatus reason, long now)
    {
        if (_deadDestinations >= Limits.DeadDestinationLimit && _holds.Find(held => held is Destination { DeadReason: not null }) is Destination oldest)
        {
            EndHold(oldest);
        }

        destination.DeadReason = reason;
        destination.HeldUntil = now + Limits.DeadDestinationTime.Ticks;
        _deadDestinations++;
        _holds.Add(destination, destination.HeldUntil);
        destination.Transport.Drain(destination, reason, _suspended);
    }

    private void EndHold(Destination destination)
    {
        if (Revive(destination))
        {
            destination.Window.Reset();
        }

        destination.HeldUntil = 0;
        destination.Transport.Refresh(destination);
    }

    /// <summary>True when it was dead.</summary>
    private bool Revive(Destination destination)
    {
        if (destination.DeadReason == null)
        {
            return false;
        }

        destination.DeadReason = null;
        destination.HeldUntil = 0;
        _deadDestinations--;
        return true;
    }
}
