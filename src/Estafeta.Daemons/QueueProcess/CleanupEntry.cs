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
            return new LeasedTransaction(await generation.Cleanup.BeginAsync(named, cancellationToken), generation);
        }
        catch
        {
            await generation.LeaveAsync();
            throw;
        }
    }
}
