using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue;
using Estafeta.Queue.Storage;

namespace Estafeta.Tests.Queue;

/// <summary>A queue store without a disk, for tests of what stands in front of it; it can be told to be full or broken.</summary>
internal sealed class MemoryQueueStore : IQueueStore
{
    private readonly Dictionary<string, QueuedMessage> _messages = [];

    public StoreHealth Health { get; set; }

    public long FreeBytes => Health == StoreHealth.Full ? 0 : long.MaxValue;

    public IReadOnlyCollection<QueuedMessage> Messages => _messages.Values;

    public IEnumerable<QueueEntry> Entries =>
        _messages.Values.Select(m => new QueueEntry(m.Id, m.Queue, m.Envelope.ArrivalTime, m.Envelope.ArrivalTime, m.ContentOctets));

    public ContentWriter CreateContent(QueueId id) => new MemoryContent(this);

    public ValueTask<QueuedMessage> AcceptAsync(
        QueueId id, Envelope envelope, ContentWriter content, QueueName queue, CancellationToken cancellationToken)
    {
        Check();
        var outcomes = new DeliveryStatus?[envelope.Recipients.Count];
        var message = new QueuedMessage(id, queue, envelope, outcomes, content.Head.WrittenCount + content.BodyOctets);
        _messages.Add(id.ToString(), message);
        return new(message);
    }

    public ValueTask<QueuedMessage?> LoadAsync(QueueId id, CancellationToken cancellationToken) => new(_messages.GetValueOrDefault(id.ToString()));

    public ValueTask<StoredContent?> OpenContentAsync(QueueId id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void RecordOutcomes(QueueId id, IReadOnlyList<RecipientOutcome> outcomes)
    {
        var message = _messages[id.ToString()];
        var all = message.Outcomes.ToArray();
        foreach (var outcome in outcomes)
        {
            all[outcome.RecipientIndex] = outcome.Status;
        }

        _messages[id.ToString()] = message with { Outcomes = all };
    }

    public void Move(QueueId id, QueueName queue, DateTimeOffset due) =>
        _messages[id.ToString()] = _messages[id.ToString()] with { Queue = queue };

    public Task Recovered => Task.CompletedTask;

    public bool Expire(QueueId id) => throw new NotSupportedException();

    public void MarkDelayWarned(QueueId id) => throw new NotSupportedException();

    public void Remove(QueueId id) => _messages.Remove(id.ToString());

    public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

    public QueueEntry? FindEntry(QueueId id) => Entries.FirstOrDefault(e => e.Id == id);

    public ValueTask DisposeAsync() => default;

    private void Check()
    {
        if (Health == StoreHealth.Full)
        {
            throw new StoreFullException("No space left on device");
        }

        if (Health == StoreHealth.ReadOnly)
        {
            throw new StoreUnavailableException("Input/output error");
        }
    }

    private sealed class MemoryContent(MemoryQueueStore store) : ContentWriter
    {
        private MemoryStream _body = new();

        public override long BodyOctets => _body.Length;

        public override ValueTask WriteBodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            store.Check();
            _body.Write(octets.Span);
            return default;
        }

        public override Stream OpenBody() => new MemoryStream(_body.ToArray());

        public override void ResetBody() => _body = new MemoryStream();

        public override StoredContent TakeContent() => new MemoryStoredContent(Head.WrittenSpan.ToArray(), _body.ToArray());

        public override ValueTask DisposeAsync() => default;
    }

    private sealed class MemoryStoredContent(byte[] head, byte[] body) : StoredContent
    {
        public override ReadOnlyMemory<byte> Head => head;

        public override ReadOnlyMemory<byte> Body => body;

        public override string? BodyPath => null;

        public override long BodyOctets => body.Length;

        public override void Dispose()
        {
        }
    }
}

/// <summary>Keeps what cleanup hands on.</summary>
internal sealed class CollectingQueue : IActiveQueue
{
    public List<(QueuedMessage Message, StoredContent Content)> Accepted { get; } = [];

    public void MessageAccepted(QueuedMessage message, StoredContent content) => Accepted.Add((message, content));
}
