using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>A cleanup service that hears what the queue would get, and keeps none of it.</summary>
internal sealed class ListeningCleanup : ICleanup
{
    private readonly List<EnvelopeRecipient> _recipients = [];
    private readonly List<EnvelopeEdit> _edits = [];

    public CleanupRequest? Request { get; private set; }

    public IReadOnlyList<EnvelopeRecipient> Recipients => _recipients;

    public IReadOnlyList<EnvelopeEdit> Edits => _edits;

    /// <summary>Another message.</summary>
    public void Forget()
    {
        Request = null;
        _recipients.Clear();
        _edits.Clear();
    }

    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        Request = request;
        return new ValueTask<CleanupTransaction>(new Transaction(this));
    }

    private sealed class Transaction(ListeningCleanup owner) : CleanupTransaction
    {
        // Any number will do: the message never is.
        public override QueueId QueueId { get; } = new(-1, 0, 1);

        public override void AddRecipient(EnvelopeRecipient recipient) => owner._recipients.Add(recipient);

        public override void AddEdit(EnvelopeEdit edit) => owner._edits.Add(edit);

        public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken) =>
            new(new CleanupResult(CleanupOutcome.Temporary, "4.3.0 nothing is queued here"));

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
