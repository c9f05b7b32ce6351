using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// Cleanup for who connects to the socket of one cleanup entry of master.cf: its settings count, whatever the client says. Connections
/// outlive reloads: each transaction is for the configuration that is current when it begins, and keeps it to its end.
/// </summary>
internal sealed class CleanupEntry(CurrentGeneration current, string name) : ICleanup
{
    public async ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var generation = current.Enter();
        try
        {
            var named = request.Service == name ? request : request with { Service = name };
            return new Transaction(await generation.Cleanup.BeginAsync(named, cancellationToken), generation);
        }
        catch
        {
            await generation.LeaveAsync();
            throw;
        }
    }

    private sealed class Transaction(CleanupTransaction inner, QueueGeneration generation) : CleanupTransaction
    {
        public override QueueId QueueId => inner.QueueId;

        public override void AddRecipient(EnvelopeRecipient recipient) => inner.AddRecipient(recipient);

        public override void AddEdit(EnvelopeEdit edit) => inner.AddEdit(edit);

        public override ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) =>
            inner.WriteContentAsync(octets, cancellationToken);

        public override ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken) => inner.CommitAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await generation.LeaveAsync();
        }
    }
}
