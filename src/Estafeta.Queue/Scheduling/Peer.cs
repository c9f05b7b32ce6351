namespace Estafeta.Queue.Scheduling;

/// <summary>
/// The waiting entries of one job for one destination. A destination keeps its peers in the order of their jobs, so that its
/// head is what it would deliver next.
/// </summary>
internal sealed class Peer(Job job, Destination destination)
{
    private readonly Queue<DeliveryEntry> _entries = new(1);
    private DeliveryEntry? _last;

    public Job Job { get; } = job;

    public Destination Destination { get; } = destination;

    /// <summary>When it was last chosen, in the job's own count: destinations of a job take turns.</summary>
    public long Turn { get; set; }

    public int Count => _entries.Count;

    // Neighbours among the destination's peers.
    public Peer? Before { get; set; }

    public Peer? After { get; set; }

    // Neighbours among the job's peers.
    public Peer? PreviousOfJob { get; set; }

    public Peer? NextOfJob { get; set; }

    /// <summary>True when the recipient needed a new entry.</summary>
    public bool Add(RoutedRecipient recipient, int recipientLimit)
    {
        if (_last != null && (recipientLimit == 0 || _last.Recipients.Count < recipientLimit))
        {
            _last.Add(recipient);
            return false;
        }

        _last = new DeliveryEntry(this, recipient);
        _entries.Enqueue(_last);
        return true;
    }

    public DeliveryEntry Take()
    {
        var entry = _entries.Dequeue();
        if (_entries.Count == 0)
        {
            _last = null;
        }

        return entry;
    }
}
