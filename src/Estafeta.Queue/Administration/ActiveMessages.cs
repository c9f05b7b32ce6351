using Estafeta.Mail.Envelopes;

namespace Estafeta.Queue.Administration;

/// <summary>What administration has to know of the queue manager; with the mail system down there is none.</summary>
/// <param name="Contains">The message is being delivered.</param>
/// <param name="Withdraw">Takes a message out of delivery, to be deleted, held or requeued; false when it is not being delivered.</param>
public sealed record ActiveMessages(Func<QueueId, bool> Contains, Func<QueueId, QueueOperation, bool> Withdraw)
{
    public static readonly ActiveMessages None = new(static _ => false, static (_, _) => false);
}
