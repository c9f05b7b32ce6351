using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// Connections of other processes that outlive reloads: one that smtpd keeps open to cleanup must not close the moment it sends a
/// message, nor anvil forget the sessions that go on. What begins on them follows the configuration of that moment.
/// </summary>
internal sealed class LastingConnections : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _servers = [];
    private bool _isEnded;

    /// <summary>Accepts on the sockets of one entry until told to stop accepting. The connections go on.</summary>
    public void Serve(ServiceContext context, IpcServer server, Func<IpcConnection, CancellationToken, Task> handler, CancellationToken accepting)
    {
        _servers.RemoveAll(static t => t.IsCompletedSuccessfully);
        foreach (var listener in context.Listeners)
        {
            _servers.Add(server.RunAsync(listener.Socket, (connection, _) => handler(connection, _stopping.Token), accepting));
        }
    }

    /// <summary>Ends the idle connections and waits for what is under way on the others. Twice is once: an orderly stop does it early.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        await _stopping.CancelAsync();
        await Task.WhenAll(_servers);
        _stopping.Dispose();
    }
}
