using System.Net;
using System.Net.Sockets;

namespace Estafeta.Services.SmtpServer;

/// <summary>The two ends of a client's connection: the socket's, or what a proxy or postscreen(8) says they are.</summary>
/// <param name="Client">The connecting end.</param>
/// <param name="Server">Our end; null when nobody said.</param>
public sealed record ConnectionEnds(IPEndPoint Client, IPEndPoint? Server)
{
    /// <summary>Null when the client has gone already.</summary>
    public static ConnectionEnds? Of(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint is IPEndPoint client ? new ConnectionEnds(client, socket.LocalEndPoint as IPEndPoint) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>IPv4 clients of an IPv6 socket are IPv4 clients; a scope (%eth0) is no part of a mail address.</summary>
    public static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) : address;
}
