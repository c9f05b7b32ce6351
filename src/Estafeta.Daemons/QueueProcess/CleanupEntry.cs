using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>Cleanup for who connects to the socket of one cleanup entry of master.cf: its settings count, whatever the client says.</summary>
internal sealed class CleanupEntry(ICleanup cleanup, string name) : ICleanup
{
    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken) =>
        cleanup.BeginAsync(request.Service == name ? request : request with { Service = name }, cancellationToken);
}
