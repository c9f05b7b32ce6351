using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Virtual;

/// <summary>A <c>virtual</c> entry of master.cf. Runs as root, and writes each mailbox under its owner's identity.</summary>
public sealed class VirtualDaemon : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        await using var tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Time = context.Time };
        await AgentServer.RunAsync(context, VirtualAgent.Create(tables, context.Log, context.Time), stopping);
    }
}
