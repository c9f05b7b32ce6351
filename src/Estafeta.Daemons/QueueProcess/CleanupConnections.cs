using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// The connections of smtpd, qmqpd and local to cleanup. They outlive reloads: a client that keeps one open must not find it closed the
/// moment it sends a message. What begins on them follows the configuration of that moment.
/// </summary>
internal sealed class CleanupConnections(CurrentGeneration current, QueueNumbers numbers) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _servers = [];

    /// <summary>Accepts on the sockets of one cleanup entry until told to stop accepting. The connections go on.</summary>
    public void Serve(ServiceContext context, Func<uint, bool> isTrusted, CancellationToken accepting)
    {
        var endpoint = new CleanupEndpoint(new CleanupEntry(current, context.ServiceName), numbers);
        var server = new IpcServer(CleanupEndpoint.Protocol, isTrusted, context.Log) { Greeting = endpoint.Greet };
        _servers.RemoveAll(static t => t.IsCompletedSuccessfully);
        foreach (var listener in context.Listeners)
        {
            _servers.Add(server.RunAsync(listener.Socket, (connection, _) => endpoint.ServeAsync(connection, _stopping.Token), accepting));
        }
    }

    /// <summary>Ends the idle connections and waits for what is under way on the others.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_servers);
        _stopping.Dispose();
    }
}
