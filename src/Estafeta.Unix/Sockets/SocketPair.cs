using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Sockets;

/// <summary>socketpair(2): two connected UNIX-domain sockets, for talking with a child. Both are close-on-exec.</summary>
public static partial class SocketPair
{
    private const int UnixDomain = 1;
    private const int CloseOnExec = 0x80000;

    /// <summary>Octet stream; for use with .NET's asynchronous calls.</summary>
    public static (Socket Ours, Socket Theirs) CreateStream()
    {
        var (ours, theirs) = Create(1);
        return (Wrap(ours), Wrap(theirs));
    }

    /// <summary>Messages with boundaries (SOCK_SEQPACKET), raw and blocking, for <see cref="MessageSocket"/>.</summary>
    public static (MessageSocket Ours, MessageSocket Theirs) CreateMessage()
    {
        var (ours, theirs) = Create(5);
        return (MessageSocket.Adopt(ours), MessageSocket.Adopt(theirs));
    }

    private static (int Ours, int Theirs) Create(int type)
    {
        Span<int> pair = stackalloc int[2];
        return Make(UnixDomain, type | CloseOnExec, 0, pair) == 0 ? (pair[0], pair[1]) : throw UnixException.Last("socketpair");
    }

    private static Socket Wrap(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int Make(int domain, int type, int protocol, Span<int> pair);
}
