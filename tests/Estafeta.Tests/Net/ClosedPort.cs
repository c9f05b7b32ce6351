using System.Net;
using System.Net.Sockets;

namespace Estafeta.Tests.Net;

/// <summary>A port of all addresses where nobody listens: it is taken, so that no other test comes to listen there meanwhile.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket;

    private ClosedPort(Socket socket)
    {
        _socket = socket;
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
    }

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public static ClosedPort Tcp() => new(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

    public static ClosedPort Udp()
    {
        var port = new ClosedPort(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

        // A socket that talks to one peer takes nothing from others.
        port._socket.Connect(IPAddress.Loopback, 9);
        return port;
    }

    public void Dispose() => _socket.Dispose();
}
