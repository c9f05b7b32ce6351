using Estafeta.Daemons.Anvil;
using Estafeta.Daemons.QueueManager;
using Estafeta.Daemons.Tlsmgr;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>What lives as long as the process, whatever the configuration becomes.</summary>
internal sealed record QueueParts(
    IQueueStore Store,
    QueueNumbers Numbers,
    QueueManagerService Manager,
    QueueListing Listing,
    QueueAdministration Administration,
    Requeuing Requeuing,
    CurrentGeneration Current,
    LastingConnections Connections,
    VerifyHost Verify,
    TlsmgrState TlsState) : IAsyncDisposable
{
    private AnvilService? _anvil;

    /// <summary>anvil: its counts go on over reloads.</summary>
    public AnvilService Anvil(ServiceContext context)
    {
        var settings = AnvilSettings.Read(context.Parameters);
        if (_anvil == null)
        {
            return _anvil = new AnvilService(settings, context.Log, context.Time);
        }

        _anvil.Configure(settings, context.Log);
        return _anvil;
    }

    public async ValueTask DisposeAsync()
    {
        await Connections.DisposeAsync();
        _anvil?.Dispose();
        await Verify.DisposeAsync();
    }
}
