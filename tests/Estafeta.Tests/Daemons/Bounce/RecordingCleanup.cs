using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Bounce;

/// <summary>Keeps what is posted instead of queueing it.</summary>
internal sealed class RecordingCleanup(params string[] queueIds) : ICleanup
{
    private int _next;

    public List<Posted> Messages { get; } = [];

    public CleanupResult Result { get; set; } = CleanupResult.Ok;

    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        Assert.True(QueueId.TryParse(queueIds[_next++ % queueIds.Length], out var id));
        return ValueTask.FromResult<CleanupTransaction>(new Transaction(this, request, id));
    }

    internal sealed record Posted(CleanupRequest Request, IReadOnlyList<EnvelopeRecipient> Recipients, string Content);

    private sealed class Transaction(RecordingCleanup owner, CleanupRequest request, QueueId id) : CleanupTransaction
    {
        private readonly List<EnvelopeRecipient> _recipients = [];
        private readonly MemoryStream _content = new();

        public override QueueId QueueId => id;

        public override void AddRecipient(EnvelopeRecipient recipient) => _recipients.Add(recipient);

        public override void AddEdit(EnvelopeEdit edit) => throw new NotSupportedException();

        public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            _content.Write(octets.Span);
            return ValueTask.CompletedTask;
        }

        public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            if (owner.Result.Outcome == CleanupOutcome.Ok)
            {
                owner.Messages.Add(new Posted(request, _recipients, Encoding.Latin1.GetString(_content.ToArray())));
            }

            return ValueTask.FromResult(owner.Result);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
