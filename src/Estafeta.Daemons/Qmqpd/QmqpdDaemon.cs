using System.Net;
using Estafeta.Net.Dns;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>qmqpd(8): takes messages from mailing list managers that were written for qmail (QMQP_README); from authorized clients only.</summary>
public sealed class QmqpdDaemon(ServiceContext context, ICleanup cleanup, DnsResolver? resolver = null) : IDaemon, IAsyncDisposable
{
    private readonly QmqpdService _service = new(context, cleanup, resolver);

    public Task RunAsync(ServiceContext context, CancellationToken stopping) =>
        new SessionServer(context).RunAsync(start => ServeAsync(_service, start), stopping);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static async Task ServeAsync(QmqpdService service, SessionStart start)
    {
        if (start.Socket.RemoteEndPoint is not IPEndPoint client)
        {
            return; // gone before it was looked at
        }

        // IPv4 clients of an IPv6 socket are IPv4 clients.
        client = client.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(client.Address.MapToIPv4(), client.Port) : client;
        await using var stream = new SocketStream(start.Socket, ownsSocket: false);
        await new QmqpdSession(service, stream, client, start.Closing).RunAsync();
    }
}
