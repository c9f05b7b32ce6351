using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>A transaction with cleanup that keeps the configuration it began with until it ends.</summary>
internal sealed class LeasedTransaction(CleanupTransaction transaction, QueueGeneration generation) : CleanupTransaction
{
    private bool _isOver;

    public override QueueId QueueId => transaction.QueueId;

    public override void AddRecipient(EnvelopeRecipient recipient) => transaction.AddRecipient(recipient);

    public override void AddEdit(EnvelopeEdit edit) => transaction.AddEdit(edit);

    public override ValueTask AttachMiltersAsync(IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken) =>
        transaction.AttachMiltersAsync(milters, cancellationToken);

    public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) =>
        transaction.WriteContentAsync(octets, cancellationToken);

    public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (!_isOver)
        {
            _isOver = true;
            await transaction.DisposeAsync();
            await generation.LeaveAsync();
        }
    }
}
