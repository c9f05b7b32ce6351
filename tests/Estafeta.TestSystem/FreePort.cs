using System.Net;
using System.Net.Sockets;

namespace Estafeta.TestSystem;

/// <summary>
/// Ports of loopback for servers that are told their port before they start. They lie below those the kernel hands out, so that no client and no
/// other server gets one meanwhile; and none is given twice, neither here nor to another test program.
/// </summary>
public static class FreePort
{
    private const int First = 12_000;
    private const int End = 32_000;

    private static readonly Lock Gate = new();

    // A name in the abstract name space each, held until this program ends.
    private static readonly List<Socket> Claims = [];
    private static int _last = First + (Environment.ProcessId * 100 % (End - First));

    public static int Take()
    {
        lock (Gate)
        {
            for (var tries = First; tries < End; tries++)
            {
                _last = _last + 1 < End ? _last + 1 : First;
                if (TryClaim(_last) && IsFree(_last))
                {
                    return _last;
                }
            }
        }

        throw new InvalidOperationException("no port is free");
    }

    private static bool TryClaim(int port)
    {
        var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            claim.Bind(new UnixDomainSocketEndPoint($"\0estafeta-test-port-{port}"));
        }
        catch (SocketException)
        {
            claim.Dispose();
            return false;
        }

        Claims.Add(claim);
        return true;
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
