using System.Net.Sockets;

namespace Estafeta.Unix.Sockets;

/// <summary>Who is at the other end of a UNIX-domain connection, as the kernel noted it when the connection was made.</summary>
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    /// <summary>SO_PEERCRED.</summary>
    public static PeerCredentials Of(Socket socket)
    {
        Span<byte> octets = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, octets);
        return new PeerCredentials(BitConverter.ToInt32(octets), BitConverter.ToUInt32(octets[4..]), BitConverter.ToUInt32(octets[8..]));
    }
}
