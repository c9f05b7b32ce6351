using System.Net;
using System.Net.Sockets;

namespace Estafeta.Tests.Net.Tls;

/// <summary>Both ends of a connection over loopback.</summary>
internal static class TlsPair
{
    public static async Task<(Stream Left, Stream Right)> ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepting = listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await client.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken);
        var server = await accepting;
        server.NoDelay = true;
        return (new NetworkStream(server, ownsSocket: true), new NetworkStream(client, ownsSocket: true));
    }
}
