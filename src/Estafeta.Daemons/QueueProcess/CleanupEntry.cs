using Estafeta.Daemons.QueueManager;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// Cleanup for who connects to the socket of one cleanup entry of master.cf: its settings count, whatever the client says. Connections
/// outlive reloads: each transaction is for the configuration that is current when it begins, and keeps it to its end. While the queue manager
/// is behind, a transaction begins after in_flow_delay at the latest; what the queue process sends itself does not come by here.
/// </summary>
internal sealed class CleanupEntry(CurrentGeneration current, InFlow inFlow, string name) : ICleanup
{
    public async ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var generation = current.Enter();
        try
        {
            await inFlow.WaitAsync(generation.Cleanup.InFlowDelayOf(name), cancellationToken);
            var named = request.Service == name ? request : request with { Service = name };
            return new LeasedTransaction(await generation.Cleanup.BeginAsync(named, cancellationToken), generation);
        }
        catch
        {
            await generation.LeaveAsync();
            throw;
        }
    }
}
