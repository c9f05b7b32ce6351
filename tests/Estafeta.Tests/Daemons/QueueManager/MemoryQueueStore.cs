using System.Collections.Concurrent;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;

namespace Estafeta.Tests.Daemons.QueueManager;

/// <summary>The queue in a dictionary: what the queue manager asks of a store, without a disk.</summary>
internal sealed class MemoryQueueStore(TimeProvider time) : IQueueStore
{
    private readonly ConcurrentDictionary<QueueId, Record> _records = new();
    private uint _number = 0x10000;

    public StoreHealth Health => StoreHealth.Ok;

    public long FreeBytes => long.MaxValue;

    public Task Recovered => Task.CompletedTask;

    public IEnumerable<QueueEntry> Entries => _records.Values.Select(r => r.Entry);

    /// <summary>Puts a message in as if it had been accepted.</summary>
    public (QueuedMessage Message, StoredContent Content) Accept(Envelope envelope, string head = "Subject: x\n\n", string body = "body\n", QueueName queue = QueueName.Incoming)
    {
        var id = QueueId.Create(time.GetUtcNow(), _number++, longForm: false);
        var content = new MemoryContent(head, body);
        var record = new Record(id, envelope, content, queue, time.GetUtcNow());
        _records[id] = record;
        return (record.Message, content);
    }

    public ContentWriter CreateContent(QueueId id) => throw new NotSupportedException();

    public ValueTask<QueuedMessage> AcceptAsync(QueueId id, Envelope envelope, ContentWriter content, QueueName queue, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Runs while a message is being loaded.</summary>
    public Action? WhileLoading { get; set; }

    public ValueTask<QueuedMessage?> LoadAsync(QueueId id, CancellationToken cancellationToken)
    {
        WhileLoading?.Invoke();
        return ValueTask.FromResult(_records.TryGetValue(id, out var record) ? record.Message : null);
    }

    public ValueTask<StoredContent?> OpenContentAsync(QueueId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_records.TryGetValue(id, out var record) ? (StoredContent?)record.Content : null);

    public void RecordOutcomes(QueueId id, IReadOnlyList<RecipientOutcome> outcomes)
    {
        var record = _records[id];
        foreach (var outcome in outcomes)
        {
            record.Outcomes[outcome.RecipientIndex] = outcome.Status;
        }
    }

    public void Move(QueueId id, QueueName queue, DateTimeOffset due)
    {
        if (_records.TryGetValue(id, out var record))
        {
            record.Queue = queue;
            record.Due = due;
        }
    }

    public bool Expire(QueueId id)
    {
        var wasExpired = _records[id].IsForceExpired;
        _records[id].IsForceExpired = true;
        return !wasExpired;
    }

    public void MarkDelayWarned(QueueId id) => _records[id].IsDelayWarned = true;

    public void Remove(QueueId id) => _records.TryRemove(id, out _);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public QueueEntry? FindEntry(QueueId id) => _records.TryGetValue(id, out var record) ? record.Entry : null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Record(QueueId id, Envelope envelope, MemoryContent content, QueueName queue, DateTimeOffset due)
    {
        public MemoryContent Content => content;

        public QueueName Queue { get; set; } = queue;

        public DateTimeOffset Due { get; set; } = due;

        public bool IsForceExpired { get; set; }

        public bool IsDelayWarned { get; set; }

        public DeliveryStatus?[] Outcomes { get; } = new DeliveryStatus?[envelope.Recipients.Count];

        public QueueEntry Entry => new(id, Queue, Due, envelope.ArrivalTime, content.Octets);

        public QueuedMessage Message => new(id, Queue, envelope, [.. Outcomes], content.Octets)
        {
            IsForceExpired = IsForceExpired,
            IsDelayWarned = IsDelayWarned,
        };
    }

    private sealed class MemoryContent(string head, string body) : StoredContent
    {
        public long Octets => Head.Length + Body.Length;

        public override ReadOnlyMemory<byte> Head { get; } = System.Text.Encoding.UTF8.GetBytes(head);

        public override ReadOnlyMemory<byte> Body { get; } = System.Text.Encoding.UTF8.GetBytes(body);

        public override string? BodyPath => null;

        public override long BodyOctets => Body.Length;

        public override void Dispose()
        {
        }
    }
}
