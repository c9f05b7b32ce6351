using System.Net;
using System.Net.Sockets;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>Two sockets that are connected with each other, on loopback.</summary>
internal static class SocketPair
{
    public static async Task<(Socket Near, Socket Far)> CreateAsync(CancellationToken cancellationToken)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await near.ConnectAsync(listener.LocalEndPoint!, cancellationToken); // it is bound
            var far = await listener.AcceptAsync(cancellationToken);
            far.NoDelay = true;
            return (near, far);
        }
        catch
        {
            near.Dispose();
            throw;
        }
    }
}
