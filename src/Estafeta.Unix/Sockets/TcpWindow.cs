using System.Net.Sockets;

namespace Estafeta.Unix.Sockets;

/// <summary>
/// tcp_windowsize: buffers of so many octets, for routers that break TCP window scaling. Set ahead of connect or listen, when the scale is agreed on;
/// accepted connections inherit it.
/// </summary>
public static class TcpWindow
{
    /// <param name="octets">0 leaves it to the system.</param>
    public static void Limit(Socket socket, int octets)
    {
        if (octets > 0)
        {
            socket.SendBufferSize = octets;
            socket.ReceiveBufferSize = octets;
        }
    }
}
