using System.Net.Sockets;
using Estafeta.Daemons.QueueManager;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Services.QueueControl;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>Listens on <c>private/queue-control</c> for postsuper and postcat. The process makes the socket itself: no master.cf entry stands for it.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _running;

    public ControlServer(QueueParts parts, IMailLog log)
    {
        File.Delete(QueueControlWire.SocketPath);
        _listener.Bind(new UnixDomainSocketEndPoint(QueueControlWire.SocketPath));
        _listener.Listen();
        var self = Privileges.EffectiveUid;
        var server = new IpcServer(QueueControlWire.Protocol, user => user == 0 || user == self, log);
        var endpoint = new QueueControlEndpoint(parts.Administration, parts.Store);
        _running = server.RunAsync(_listener, ServeAsync, _stopping.Token);

        // Just started, the store may not know all of its messages yet.
        async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
        {
            await parts.Store.Recovered.WaitAsync(stopping);
            await endpoint.ServeAsync(connection, stopping);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _listener.Dispose();
        _stopping.Dispose();
    }
}
