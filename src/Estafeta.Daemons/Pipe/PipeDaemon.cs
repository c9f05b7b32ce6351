using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Pipe;

/// <summary>A <c>pipe</c> entry of master.cf: its arguments say which command, and as whom.</summary>
public sealed class PipeDaemon : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        await using var tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Time = context.Time };
        var agent = PipeAgent.Create(context.ServiceName, context.Arguments, tables, context.Log, context.Time);
        await AgentServer.RunAsync(context, agent, stopping);
    }
}
