using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Virtual;

/// <summary>A <c>virtual</c> entry of master.cf. Runs as root, and writes each mailbox under its owner's identity.</summary>
public sealed class VirtualDaemon : IDaemon, IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly VirtualAgent _agent;

    public VirtualDaemon(ServiceContext context)
    {
        _tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _agent = VirtualAgent.Create(_tables, context.Log, context.Time);
    }

    public Task RunAsync(ServiceContext context, CancellationToken stopping) => AgentServer.RunAsync(context, _agent, stopping);

    public ValueTask DisposeAsync() => _tables.DisposeAsync();
}
