using System.Net.Sockets;

namespace Estafeta.Unix.Sockets;

/// <summary>Why connecting to a UNIX-domain socket failed, in the system's words.</summary>
public static class ConnectFailure
{
    /// <summary>.NET says "cannot assign requested address" of a socket file that is not there.</summary>
    public static string Describe(SocketException failure) => UnixException.Describe(
        failure.SocketErrorCode == SocketError.AddressNotAvailable ? Errno.ENOENT : failure.NativeErrorCode);
}
