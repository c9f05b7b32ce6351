using System.Net.Sockets;

namespace Estafeta.Unix.Sockets;

/// <summary>Why connecting failed, in the system's words.</summary>
public static class ConnectFailure
{
    /// <summary>.NET says "cannot assign requested address" of a UNIX-domain socket's file that is not there.</summary>
    /// <param name="family">What was to be connected to: over TCP that error means what it says.</param>
    public static string Describe(SocketException failure, AddressFamily family = AddressFamily.Unix) => UnixException.Describe(
        family == AddressFamily.Unix && failure.SocketErrorCode == SocketError.AddressNotAvailable ? Errno.ENOENT : failure.NativeErrorCode);
}
