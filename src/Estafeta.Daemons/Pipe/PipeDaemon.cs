using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Pipe;

/// <summary>A <c>pipe</c> entry of master.cf: its arguments say which command, and as whom.</summary>
public sealed class PipeDaemon : IDaemon, IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly PipeAgent _agent;

    public PipeDaemon(ServiceContext context)
    {
        _tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _agent = PipeAgent.Create(context.ServiceName, context.Arguments, _tables, context.Log, context.Time);
    }

    public Task RunAsync(ServiceContext context, CancellationToken stopping) => AgentServer.RunAsync(context, _agent, stopping);

    public ValueTask DisposeAsync() => _tables.DisposeAsync();
}
