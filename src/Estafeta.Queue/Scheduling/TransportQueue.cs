using Estafeta.Mail.Dsn;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// Everything that waits for one transport: its destinations, its jobs, and the choice of what is delivered next. The foremost job
/// that is not blocked goes first; a smaller one may pre-empt it; its destinations take turns.
/// </summary>
internal sealed class TransportQueue(TransportSettings settings)
{
    private readonly Dictionary<string, Destination> _destinations = new(StringComparer.Ordinal);
    private readonly RecentDestinations _recent = new();
    private readonly JobList _jobs = new();
    private readonly ReadyHeap _ready = new();
    private readonly PreemptionCandidate _candidate = new();

    /// <summary>Replaced at reload; what runs keeps its windows.</summary>
    public TransportSettings Settings { get; set; } = settings;

    public int Busy { get; private set; }

    /// <summary>Recipients of entries that wait or run, for the recipient pool.</summary>
    public int Recipients { get; private set; }

    /// <summary>No delivery before this moment: rate delay, or the agent is not there. 0 is none.</summary>
    public long HeldUntil { get; set; }

    /// <summary>Why the transport is dead.</summary>
    public DeliveryStatus? DeadReason { get; set; }

    public IReadOnlyDictionary<string, Destination> Destinations => _destinations;

    public bool CanDeliver => HeldUntil == 0 && _ready.First != null
        && (Settings.ProcessLimit == 0 || Busy < Settings.ProcessLimit)
        && (Settings.TransportRateDelay == TimeSpan.Zero || Busy == 0);

    public bool IsUnused => _destinations.Count == 0 && HeldUntil == 0;

    public Destination DestinationFor(RoutedRecipient recipient, long now)
    {
        var key = DestinationKey.For(recipient, Settings);
        if (!_destinations.TryGetValue(key, out var destination))
        {
            destination = new Destination(this, key, recipient.Nexthop) { LastDone = _recent.Find(key, now) };
            _destinations.Add(key, destination);
        }

        return destination;
    }

    public Job JobFor(ScheduledMessage message)
    {
        for (var known = message.FirstJob; known != null; known = known.NextOfMessage)
        {
            if (known.Transport == this)
            {
                return known;
            }
        }

        var job = new Job(message, this) { NextOfMessage = message.FirstJob };
        message.FirstJob = job;
        return job;
    }

    /// <summary>Adds recipients to a job that may be new; call <see cref="Listed"/> when the message's batch is complete.</summary>
    public void Add(Job job, Destination destination, RoutedRecipient recipient)
    {
        if (!job.IsListed)
        {
            _jobs.Add(job);
        }

        Recipients++;
        var peer = job.PeerFor(destination);
        if (peer.Add(recipient, job.Message.HasOneRecipientPerDelivery ? 1 : Settings.RecipientLimit))
        {
            job.Waiting++;
            destination.Waiting++;
            _ready.Update(destination);
        }
    }

    public void Listed(Job job, long now) => _candidate.Consider(job, now);

    /// <summary>The next entry; the caller has seen that <see cref="CanDeliver"/>.</summary>
    public DeliveryEntry Take(long now)
    {
        var current = _ready.First!.Head!.Job; // CanDeliver
        if (SlotRules.CanBePreempted(current) && _candidate.Find(current, now) is { } candidate
            && SlotRules.CanAfford(current, candidate.MostEntries))
        {
            SlotRules.Charge(current, candidate);
            MoveBefore(candidate, current);
            _candidate.Forget();
        }

        var destination = _ready.First!;
        var peer = destination.Head!;
        peer.Turn = ++peer.Job.LastTurn;
        peer.Job.Selected++;
        var entry = TakeFrom(peer);
        entry.DestinationIsBusy = destination.Begin(now);
        Busy++;
        _ready.Update(destination);
        return entry;
    }

    public void Finished(DeliveryEntry entry, long now)
    {
        var destination = entry.Peer.Destination;
        destination.End(now);
        Busy--;
        Recipients -= entry.Recipients.Count;
        Refresh(destination);
    }

    /// <summary>After a change of the destination's window or pause.</summary>
    public void Refresh(Destination destination)
    {
        _ready.Update(destination);
        if (destination.IsUnused)
        {
            _destinations.Remove(destination.Key);
            if (destination.LastDone is { } lastDone)
            {
                _recent.Add(destination.Key, lastDone);
            }
        }
    }

    /// <summary>Gives up everything that waits for a destination.</summary>
    public void Drain(Destination destination, DeliveryStatus reason, Queue<DeliveryEntry> into)
    {
        while (destination.Head is { } peer)
        {
            DrainPeer(peer, reason, into);
        }

        _ready.Update(destination);
    }

    public void DrainAll(DeliveryStatus reason, Queue<DeliveryEntry> into)
    {
        foreach (var destination in (Destination[])[.. _destinations.Values])
        {
            Drain(destination, reason, into);
            Refresh(destination);
        }
    }

    /// <summary>Takes the waiting entries of a message out.</summary>
    public void Remove(Job job, DeliveryStatus? reason, Queue<DeliveryEntry> into)
    {
        while (job.FirstPeer is { } peer)
        {
            DrainPeer(peer, reason, into);
            Refresh(peer.Destination);
        }
    }

    private void DrainPeer(Peer peer, DeliveryStatus? reason, Queue<DeliveryEntry> into)
    {
        for (var left = peer.Count; left > 0; left--)
        {
            var entry = TakeFrom(peer);
            entry.Suspended = reason;
            Recipients -= entry.Recipients.Count;
            into.Enqueue(entry);
        }
    }

    private DeliveryEntry TakeFrom(Peer peer)
    {
        var (job, destination) = (peer.Job, peer.Destination);
        var entry = peer.Take();
        job.Waiting--;
        destination.Waiting--;
        if (peer.Count == 0)
        {
            _ready.Remove(destination);
            job.Remove(peer);
        }

        if (job.Waiting == 0)
        {
            SlotRules.Settle(job);
            _jobs.Remove(job);
        }

        return entry;
    }

    // The heap compares by order: whoever's order changes leaves it first.
    private void MoveBefore(Job job, Job before)
    {
        for (var peer = job.FirstPeer; peer != null; peer = peer.NextOfJob)
        {
            _ready.Remove(peer.Destination);
            peer.Destination.Unlink(peer);
        }

        _jobs.MoveBefore(job, before);
        for (var peer = job.FirstPeer; peer != null; peer = peer.NextOfJob)
        {
            peer.Destination.Link(peer, fromHead: true);
        }

        for (var peer = job.FirstPeer; peer != null; peer = peer.NextOfJob)
        {
            _ready.Update(peer.Destination);
        }
    }
}
