using Estafeta.Mail.Dsn;

namespace Estafeta.Queue.Scheduling;

/// <summary>What one delivery request is made of: some recipients of one message that go to the same destination.</summary>
public sealed class DeliveryEntry
{
    private readonly List<RoutedRecipient> _recipients;

    internal DeliveryEntry(Peer peer, RoutedRecipient first)
    {
        Peer = peer;
        _recipients = new List<RoutedRecipient>(1) { first };
    }

    public ScheduledMessage Message => Peer.Job.Message;

    public string Transport => Peer.Destination.Transport.Settings.Name;

    public string Nexthop => Peer.Destination.Nexthop;

    public IReadOnlyList<RoutedRecipient> Recipients => _recipients;

    /// <summary>Why it is not delivered: its destination or transport is dead. Null for a delivery.</summary>
    public DeliveryStatus? Suspended { get; internal set; }

    /// <summary>Deliveries to the same destination follow each other closely: a connection is worth keeping.</summary>
    public bool DestinationIsBusy { get; internal set; }

    /// <summary>Entries that wait or run for the same destination, this one included.</summary>
    public int DestinationEntries => Peer.Destination.Waiting + Peer.Destination.Busy;

    /// <summary>Deliveries that run to the same destination, this one included.</summary>
    public int DestinationDeliveries => Peer.Destination.Busy;

    internal Peer Peer { get; }

    internal void Add(RoutedRecipient recipient) => _recipients.Add(recipient);
}
