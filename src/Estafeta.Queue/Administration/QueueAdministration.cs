using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;

namespace Estafeta.Queue.Administration;

/// <summary>
/// What postsuper(1) does, on the store: in the queue process, with the messages that are being delivered; or, with the mail system
/// down, directly.
/// </summary>
/// <param name="store">The queue.</param>
/// <param name="active">The messages under delivery.</param>
/// <param name="requeued">A message waits for pickup.</param>
/// <param name="time">The clock.</param>
public sealed class QueueAdministration(IQueueStore store, ActiveMessages active, Action requeued, TimeProvider time)
{
    /// <summary>The queue a message is in as people see it; null when there is no such message.</summary>
    public QueueName? Find(QueueId id) => store.FindEntry(id) is { } entry ? Seen(entry) : null;

    /// <summary>IDs of the messages in these queues.</summary>
    public IEnumerable<QueueId> Select(QueueSelection queues)
    {
        foreach (var entry in store.Entries)
        {
            if (queues.HasFlag(Seen(entry).ToSelection()))
            {
                yield return entry.Id;
            }
        }
    }

    /// <summary>False when the operation does not apply: no such message, not in these queues, on hold already.</summary>
    public bool Apply(QueueOperation operation, QueueId id, QueueSelection queues)
    {
        if (Find(id) is not { } queue || !queues.HasFlag(queue.ToSelection()) || (queue == QueueName.Maildrop && operation != QueueOperation.Delete))
        {
            return false;
        }

        switch (operation)
        {
            case QueueOperation.Delete:
                if (!active.Withdraw(id, operation))
                {
                    store.Remove(id);
                }

                return true;
            case QueueOperation.Hold:
                return Hold(id, queue);
            case QueueOperation.Release:
                return Release(id, queue);
            case QueueOperation.Requeue:
                Requeue(id);
                return true;
            default:
                return store.Expire(id);
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => store.FlushAsync(cancellationToken);

    private bool Hold(QueueId id, QueueName queue)
    {
        if (queue == QueueName.Hold)
        {
            return false;
        }

        if (!active.Withdraw(id, QueueOperation.Hold))
        {
            store.Move(id, QueueName.Hold, time.GetUtcNow());
        }

        return true;
    }

    // Into the deferred queue, due at the next run.
    private bool Release(QueueId id, QueueName queue)
    {
        if (queue != QueueName.Hold)
        {
            return false;
        }

        store.Move(id, QueueName.Deferred, time.GetUtcNow());
        return true;
    }

    private void Requeue(QueueId id)
    {
        if (!active.Withdraw(id, QueueOperation.Requeue))
        {
            store.Move(id, QueueName.Maildrop, time.GetUtcNow());
            requeued();
        }
    }

    private QueueName Seen(QueueEntry entry) =>
        entry.Queue != QueueName.Hold && active.Contains(entry.Id) ? QueueName.Active : entry.Queue;
}
