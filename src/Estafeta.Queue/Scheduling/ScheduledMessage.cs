namespace Estafeta.Queue.Scheduling;

/// <summary>
/// A message of the active queue as the scheduler sees it: one job per transport. The queue manager derives its own record of the
/// message from it.
/// </summary>
public abstract class ScheduledMessage
{
    /// <summary>Order in which messages became active.</summary>
    internal long Sequence { get; set; }

    /// <summary>When it became active, on the scheduler's monotonic clock.</summary>
    internal long EnqueuedTicks { get; set; }

    internal Job? FirstJob { get; set; }

    /// <summary>When the last batch of recipients came, and how many were finished since.</summary>
    internal long LastBatchTicks { get; set; }

    internal int FinishedSinceBatch { get; set; }

    /// <summary>Every recipient has a delivery of its own, whatever the transport's limit (VERP).</summary>
    public bool HasOneRecipientPerDelivery { get; init; }

    /// <summary>Recipients not handed to the scheduler yet (qmgr_message_recipient_limit); it expects to get them later.</summary>
    public int UnreadRecipients { get; set; }
}
