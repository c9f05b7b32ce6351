using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Unix.Sockets;

/// <summary>
/// A UNIX-domain socket whose messages may carry open descriptors (SCM_RIGHTS): master talks with its children over it, and
/// postscreen hands connections to smtpd. The calls block the thread; <see cref="Handle"/> can be polled first.
/// </summary>
public sealed unsafe partial class MessageSocket : IDisposable
{
    /// <summary>The kernel takes 253 descriptors in one message.</summary>
    public const int MaxDescriptors = 250;

    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int HeaderOctets = 16;

    private MessageSocket(SafeFileHandle handle) => Handle = handle;

    public SafeFileHandle Handle { get; }

    public int Descriptor => (int)Handle.DangerousGetHandle();

    /// <summary>Takes over an open descriptor.</summary>
    public static MessageSocket Adopt(int descriptor) => new(new SafeFileHandle(descriptor, ownsHandle: true));

    /// <summary>For single messages over a connection that .NET does everything else with; it stays the caller's.</summary>
    public static MessageSocket Borrow(Socket socket) => new(new SafeFileHandle(socket.Handle, ownsHandle: false));

    /// <summary>Sends one message; the receiver gets its own copies of the descriptors. False when nobody is at the other end.</summary>
    public bool Send(ReadOnlySpan<byte> octets, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        var control = stackalloc byte[HeaderOctets + (MaxDescriptors * sizeof(int))];
        fixed (byte* data = octets)
        {
            var vector = new Vector { Base = data, Length = octets.Length };
            var message = new MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (descriptors.Length > 0)
            {
                Pack(control, descriptors);
                message.Control = control;
                message.ControlLength = HeaderOctets + Align(descriptors.Length * sizeof(int));
            }

            return SendRetrying(&message);
        }
    }

    /// <summary>Receives one message and the descriptors with it (close-on-exec). Returns 0 when the other end is closed.</summary>
    public int Receive(Span<byte> octets, List<int> descriptors)
    {
        var control = stackalloc byte[HeaderOctets + (MaxDescriptors * sizeof(int))];
        fixed (byte* data = octets)
        {
            var vector = new Vector { Base = data, Length = octets.Length };
            var message = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = HeaderOctets + (MaxDescriptors * sizeof(int)),
            };
            nint got;
            do
            {
                got = ReceiveMessage(Handle, &message, CloseOnExec);
            }
            while (got < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

            if (got < 0)
            {
                // The other end died without reading what we sent: as closed as can be.
                if (Marshal.GetLastPInvokeError() == Errno.ECONNRESET)
                {
                    return 0;
                }

                throw UnixException.Last("recvmsg");
            }

            Unpack(control, message.ControlLength, descriptors);
            return (int)got;
        }
    }

    public void Dispose() => Handle.Dispose();

    private bool SendRetrying(MessageHeader* message)
    {
        while (SendMessage(Handle, message, NoSignal) < 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                    continue;
                case Errno.EPIPE or Errno.ECONNRESET:
                    return false;
                default:
                    throw UnixException.Last("sendmsg");
            }
        }

        return true;
    }

    // struct cmsghdr on 64-bit Linux: size_t length, int level, int type, then the descriptors.
    private static void Pack(byte* control, ReadOnlySpan<int> descriptors)
    {
        *(nint*)control = HeaderOctets + (descriptors.Length * sizeof(int));
        *(int*)(control + 8) = SocketLevel;
        *(int*)(control + 12) = Rights;
        descriptors.CopyTo(new Span<int>(control + HeaderOctets, descriptors.Length));
    }

    private static void Unpack(byte* control, nint length, List<int> descriptors)
    {
        nint at = 0;
        while (at + HeaderOctets <= length)
        {
            var own = *(nint*)(control + at);
            if (own < HeaderOctets || at + own > length)
            {
                return;
            }

            if (*(int*)(control + at + 8) == SocketLevel && *(int*)(control + at + 12) == Rights)
            {
                descriptors.AddRange(new ReadOnlySpan<int>(control + at + HeaderOctets, (int)(own - HeaderOctets) / sizeof(int)));
            }

            at += Align((int)own);
        }
    }

    private static int Align(int octets) => (octets + 7) & ~7;

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeFileHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeFileHandle socket, MessageHeader* message, int flags);

    private struct Vector
    {
        public byte* Base;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nint VectorCount;
        public void* Control;
        public nint ControlLength;
        public int Flags;
    }
}
