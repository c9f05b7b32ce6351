using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Sockets;

/// <summary>
/// A NetworkStream that costs less: what fits into the socket's buffer is sent by one system call, without the machinery of an asynchronous
/// operation, which is made only when the peer has to be waited for; and closing does not say shutdown(2) before close(2).
/// </summary>
public sealed partial class SocketStream(Socket socket, bool ownsSocket) : NetworkStream(socket, ownsSocket: false)
{
    private const int PeekFlag = 0x02;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Octets have arrived that nobody has read.</summary>
    public static bool HasInput(Socket socket) => Peek(socket) > 0;

    /// <summary>A read would not have to wait: octets have arrived, or the end, or trouble.</summary>
    public static bool IsReadable(Socket socket) => Peek(socket) >= 0 || Marshal.GetLastPInvokeError() != Errno.EAGAIN;

    /// <summary>
    /// Sends as much as the socket takes at once; returns the number of octets. Zero also stands for trouble: that shows itself in the
    /// socket's own SendAsync, which is for the rest.
    /// </summary>
    public static unsafe int TrySend(Socket socket, ReadOnlySpan<byte> octets)
    {
        fixed (byte* first = octets)
        {
            return (int)Math.Max(0, Send(socket.SafeHandle, first, octets.Length, DontWait | NoSignal));
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var rest = buffer[TrySend(Socket, buffer.Span)..];
        return rest.IsEmpty ? ValueTask.CompletedTask : base.WriteAsync(rest, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsSocket)
        {
            Socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private static unsafe nint Peek(Socket socket)
    {
        byte octet;
        return Receive(socket.SafeHandle, &octet, 1, PeekFlag | DontWait);
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(SafeSocketHandle socket, byte* octets, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(SafeSocketHandle socket, byte* octets, nint length, int flags);
}
