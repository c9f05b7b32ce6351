using System.Runtime.CompilerServices;
using Estafeta.Mail.Dsn;
using Estafeta.Queue.Storage;

namespace Estafeta.Queue.Administration;

/// <summary>
/// The contents of the queue for showq(8), one message at a time: the first is there at once whatever the number. The order of queues
/// is Postfix's; within a queue, that of arrival.
/// </summary>
public sealed class QueueListing(IQueueStore store, ActiveMessages active)
{
    private static readonly QueueName[] Order = [QueueName.Maildrop, QueueName.Incoming, QueueName.Active, QueueName.Deferred, QueueName.Hold];

    public async IAsyncEnumerable<ListedMessage> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var queue in Order)
        {
            foreach (var entry in EntriesOf(queue))
            {
                if (await store.LoadAsync(entry.Id, cancellationToken) is { } message)
                {
                    yield return Describe(queue, message);
                }
            }
        }
    }

    private static ListedMessage Describe(QueueName queue, QueuedMessage message)
    {
        var recipients = new List<ListedRecipient>(message.Envelope.Recipients.Count);
        for (var i = 0; i < message.Envelope.Recipients.Count; i++)
        {
            if (message.Outcomes[i] is not { Action: DeliveryAction.Sent or DeliveryAction.Bounced })
            {
                recipients.Add(ListedRecipient.From(message.Envelope.Recipients[i], message.Outcomes[i]));
            }
        }

        return new ListedMessage
        {
            Queue = queue.Name(),
            Id = message.Id.ToString(),
            ArrivalTime = message.Envelope.ArrivalTime,
            Octets = message.ContentOctets,
            IsForceExpired = message.IsForceExpired,
            Sender = ListedMessage.Written(message.Envelope.Sender),
            Recipients = recipients,
        };
    }

    private List<QueueEntry> EntriesOf(QueueName queue)
    {
        var entries = new List<QueueEntry>();
        foreach (var entry in store.Entries)
        {
            var isActive = entry.Queue != QueueName.Hold && active.Contains(entry.Id);
            if ((isActive ? QueueName.Active : entry.Queue == QueueName.Active ? QueueName.Incoming : entry.Queue) == queue)
            {
                entries.Add(entry);
            }
        }

        entries.Sort(static (a, b) => a.ArrivalTime.CompareTo(b.ArrivalTime));
        return entries;
    }
}
