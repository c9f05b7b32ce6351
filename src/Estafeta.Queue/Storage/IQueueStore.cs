using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Queue.Storage;

/// <summary>
/// The mail queue on stable storage. Real implementations: the segmented log, and later a database for clusters.
/// Accepting is durable when it returns; outcomes are lazily durable (a crash can repeat a delivery, never lose one).
/// Thread-safe.
/// </summary>
public interface IQueueStore : IAsyncDisposable
{
    StoreHealth Health { get; }

    /// <summary>Bytes free for new mail, for queue_minfree and SIZE.</summary>
    long FreeBytes { get; }

    /// <summary>Where the content of a message being received goes. Keeps at most 256 KiB in memory, then spills to a file.</summary>
    ContentWriter CreateContent(QueueId id);

    /// <summary>
    /// Completes only when message and recipients survive power loss (group commit inside).
    /// Throws <see cref="StoreFullException"/> (452) or <see cref="StoreUnavailableException"/> (451); then the message is not in the queue.
    /// </summary>
    ValueTask<QueuedMessage> AcceptAsync(QueueId id, Envelope envelope, ContentWriter content, QueueName queue, CancellationToken cancellationToken);

    /// <summary>The whole message record again, with the outcomes so far; null when it is gone.</summary>
    ValueTask<QueuedMessage?> LoadAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>The message's content; stays readable until disposed even when the message is removed meanwhile. Null when it is gone.</summary>
    ValueTask<StoredContent?> OpenContentAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Notes what became of some recipients. Never blocks; written in batches.</summary>
    void RecordOutcomes(QueueId id, IReadOnlyList<RecipientOutcome> outcomes);

    /// <summary>Moves the message between queues and sets when it is due. Never blocks; written in batches.</summary>
    void Move(QueueId id, QueueName queue, DateTimeOffset due);

    /// <summary>postsuper -e: the message is to be bounced at its next attempt. Never blocks; written in batches.</summary>
    /// <returns>False when there is no such message, or it has been told before.</returns>
    bool Expire(QueueId id);

    /// <summary>The sender has been told that the message is delayed. Never blocks; written in batches.</summary>
    void MarkDelayWarned(QueueId id);

    /// <summary>The message is done with. Never blocks; written in batches.</summary>
    void Remove(QueueId id);

    /// <summary>Everything recorded, moved or removed before the call is durable when it returns.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when every message of earlier runs is known. Until then <see cref="Entries"/> grows by itself; accepting,
    /// loading by ID and everything else work from the start.
    /// </summary>
    Task Recovered { get; }

    /// <summary>The state of each message without its recipients, in no order; from memory. A message that comes or goes meanwhile may be missed.</summary>
    IEnumerable<QueueEntry> Entries { get; }

    QueueEntry? FindEntry(QueueId id);
}

public enum StoreHealth
{
    Ok,

    /// <summary>Refuse new mail with 452; go on delivering.</summary>
    Full,

    /// <summary>Writing failed: refuse new mail with 451; deliver what is there.</summary>
    ReadOnly,
}

public enum QueueName : byte
{
    Incoming,
    Active,
    Deferred,
    Hold,

    /// <summary>postsuper -r: for pickup to give to cleanup anew. Nothing else is done with it but deletion.</summary>
    Maildrop,
}

/// <summary>What is known of every queued message without reading it: some 60 bytes each.</summary>
public readonly record struct QueueEntry(QueueId Id, QueueName Queue, DateTimeOffset Due, DateTimeOffset ArrivalTime, long ContentOctets);

/// <summary>A message record. <paramref name="Outcomes"/>[i] belongs to Envelope.Recipients[i]; null = not tried yet.</summary>
public sealed record QueuedMessage(QueueId Id, QueueName Queue, Envelope Envelope, IReadOnlyList<DeliveryStatus?> Outcomes, long ContentOctets)
{
    /// <summary>postsuper -e: bounce at the next attempt.</summary>
    public bool IsForceExpired { get; init; }

    /// <summary>The sender has had the delay warning (delay_warning_time).</summary>
    public bool IsDelayWarned { get; init; }
}

public readonly record struct RecipientOutcome(int RecipientIndex, DeliveryStatus Status);

public sealed class StoreFullException(string message) : IOException(message);

public sealed class StoreUnavailableException(string message) : IOException(message);
