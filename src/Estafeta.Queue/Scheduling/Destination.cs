using Estafeta.Mail.Dsn;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// One next hop of one transport (with a recipient limit of 1: one recipient): its concurrency window, what waits for it,
/// and whether it is dead or pausing between deliveries. Lives while anything waits, runs or is suspended.
/// </summary>
internal sealed class Destination(TransportQueue transport, string key, string nexthop)
{
    // Postfix counts whole seconds of the clock: up to two.
    private const long BackToBackTicks = 2 * TimeSpan.TicksPerSecond;
    private bool _keepsConnections;

    public TransportQueue Transport { get; } = transport;

    public string Key { get; } = key;

    public string Nexthop { get; } = nexthop;

    public ConcurrencyWindow Window { get; } = new(transport.Settings);

    /// <summary>Entries that wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Entries under delivery.</summary>
    public int Busy { get; private set; }

    /// <summary>When the last delivery ended.</summary>
    public long? LastDone { get; set; }

    /// <summary>No delivery before this moment: rate delay, or dead until then. 0 is none.</summary>
    public long HeldUntil { get; set; }

    /// <summary>Why the destination is dead.</summary>
    public DeliveryStatus? DeadReason { get; set; }

    /// <summary>Position in the heap of ready destinations; -1 when not there.</summary>
    public int HeapIndex { get; set; } = -1;

    /// <summary>What it would deliver next.</summary>
    public Peer? Head { get; private set; }

    public Peer? Tail { get; private set; }

    public bool IsReady => Waiting > 0 && HeldUntil == 0 && Busy < Window.Size;

    public bool IsUnused => Waiting == 0 && Busy == 0 && HeldUntil == 0;

    /// <summary>
    /// A delivery begins; says whether its connection is worth keeping (smtp_connection_cache_on_demand). A burst that fits into the
    /// first concurrency window is not reason enough, deliveries that follow others are, and then as long as some run at the same time.
    /// </summary>
    public bool Begin(long now)
    {
        Busy++;
        var isBackToBack = now - LastDone <= BackToBackTicks;
        return _keepsConnections = isBackToBack || (_keepsConnections && Busy > 1);
    }

    public void End(long now)
    {
        Busy--;
        LastDone = now;
    }

    /// <summary>Puts a peer where its job's order says.</summary>
    public void Link(Peer peer, bool fromHead)
    {
        Peer? before;
        if (fromHead)
        {
            // A job that was moved forward lands near the head.
            var after = Head;
            while (after != null && after.Job.Order < peer.Job.Order)
            {
                after = after.After;
            }

            before = after == null ? Tail : after.Before;
        }
        else
        {
            before = Tail;
            while (before != null && before.Job.Order > peer.Job.Order)
            {
                before = before.Before;
            }
        }

        peer.Before = before;
        peer.After = before == null ? Head : before.After;
        if (peer.After == null)
        {
            Tail = peer;
        }
        else
        {
            peer.After.Before = peer;
        }

        if (before == null)
        {
            Head = peer;
        }
        else
        {
            before.After = peer;
        }
    }

    public void Unlink(Peer peer)
    {
        if (peer.Before == null)
        {
            Head = peer.After;
        }
        else
        {
            peer.Before.After = peer.After;
        }

        if (peer.After == null)
        {
            Tail = peer.Before;
        }
        else
        {
            peer.After.Before = peer.Before;
        }

        peer.Before = null;
        peer.After = null;
    }
}
