using Estafeta.Services.Cleaning;
using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>A <c>local</c> entry of master.cf. Runs as root, and does everything for a user under that user's identity.</summary>
public sealed class LocalDaemon(ICleanup cleanup) : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        await using var tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        var resolver = AddressResolver.Create(context.Parameters, tables, context.Log, context.Time);
        await using var transports = new RemoteTransports(context.Time);
        var agent = LocalAgent.Create(tables, resolver, cleanup, transports.Find, Accounts.FindUser, context.Log, context.Time);
        await AgentServer.RunAsync(context, agent, stopping);
    }
}
