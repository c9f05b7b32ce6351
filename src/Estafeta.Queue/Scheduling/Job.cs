namespace Estafeta.Queue.Scheduling;

/// <summary>
/// Everything it takes to deliver one message through one transport, and its account of delivery slots: every so many entries it
/// sends earn a slot another job may use before it (see <see cref="SlotRules"/>).
/// </summary>
internal sealed class Job(ScheduledMessage message, TransportQueue transport)
{
    private Dictionary<Destination, Peer>? _peerOf;

    public ScheduledMessage Message { get; } = message;

    public TransportQueue Transport { get; } = transport;

    /// <summary>Place in the transport's list; smaller goes first. Kept by <see cref="JobList"/>.</summary>
    public long Order { get; set; }

    public bool IsListed { get; set; }

    public Job? Previous { get; set; }

    public Job? Next { get; set; }

    public Job? NextOfMessage { get; set; }

    /// <summary>Entries that wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Entries handed out so far.</summary>
    public int Selected { get; set; }

    /// <summary>Slots given to jobs that pre-empted this one.</summary>
    public int SlotsUsed { get; set; }

    /// <summary>The job it pre-empted; null for one that waits its turn.</summary>
    public Job? Preempted { get; set; }

    /// <summary>Slots the pre-empted job was charged, and this job's count of entries at that moment.</summary>
    public int SlotsCharged { get; set; }

    public int SelectedBefore { get; set; }

    public long LastTurn { get; set; }

    public Peer? FirstPeer { get; private set; }

    public int PeerCount { get; private set; }

    /// <summary>Entries it takes at most to finish: recipients not read yet may each need one.</summary>
    public int MostEntries => Waiting + Message.UnreadRecipients;

    public bool HasReadyPeer
    {
        get
        {
            for (var peer = FirstPeer; peer != null; peer = peer.NextOfJob)
            {
                if (peer.Destination.IsReady)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The job's entries for this destination; linked with the destination when new.</summary>
    public Peer PeerFor(Destination destination)
    {
        // A message is added in one go, so its peer is nearly always the last one that came.
        if (destination.Tail?.Job == this)
        {
            return destination.Tail;
        }

        if (Find(destination) is { } known)
        {
            return known;
        }

        var peer = new Peer(this, destination) { NextOfJob = FirstPeer, Turn = ++LastTurn };
        if (FirstPeer != null)
        {
            FirstPeer.PreviousOfJob = peer;
        }

        FirstPeer = peer;
        PeerCount++;
        _peerOf?.Add(destination, peer);
        destination.Link(peer, fromHead: false);
        return peer;
    }

    public void Remove(Peer peer)
    {
        peer.Destination.Unlink(peer);
        if (peer.PreviousOfJob == null)
        {
            FirstPeer = peer.NextOfJob;
        }
        else
        {
            peer.PreviousOfJob.NextOfJob = peer.NextOfJob;
        }

        if (peer.NextOfJob != null)
        {
            peer.NextOfJob.PreviousOfJob = peer.PreviousOfJob;
        }

        PeerCount--;
        _peerOf?.Remove(peer.Destination);
    }

    private Peer? Find(Destination destination)
    {
        if (_peerOf != null)
        {
            return _peerOf.GetValueOrDefault(destination);
        }

        if (PeerCount > 8)
        {
            _peerOf = [];
            for (var peer = FirstPeer; peer != null; peer = peer.NextOfJob)
            {
                _peerOf.Add(peer.Destination, peer);
            }

            return _peerOf.GetValueOrDefault(destination);
        }

        for (var peer = FirstPeer; peer != null; peer = peer.NextOfJob)
        {
            if (peer.Destination == destination)
            {
                return peer;
            }
        }

        return null;
    }
}
