using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Estafeta.Configuration;
using Estafeta.Services.Hosting;
using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Master;

/// <summary>
/// One open listening socket (or FIFO) of a service. Non-blocking from the start: the flag belongs to the open socket that all
/// processes share. Master itself never accepts.
/// </summary>
internal sealed partial class Listener : IDisposable
{
    private const int Backlog = 4096;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int Ipv6Level = 41;
    private const int Ipv6Only = 26;
    private const int NonBlockingReadWrite = 2 | 0x800 | 0x80000;
    private const uint ForAll = 0x1B6;
    private readonly Socket? _socket;
    private readonly SafeFileHandle? _fifo;

    private Listener(ListenerAddress address, Socket? socket, SafeFileHandle? fifo)
    {
        Address = address;
        _socket = socket;
        _fifo = fifo;
    }

    public ListenerAddress Address { get; }

    public int Descriptor => _socket != null ? (int)_socket.Handle : (int)_fifo!.DangerousGetHandle();

    /// <summary>Opens it. Throws <see cref="ConfigurationException"/> with the reason: port in use, no permission.</summary>
    /// <param name="tcpWindow">tcp_windowsize.</param>
    public static Listener Open(ListenerAddress address, MailOwner? owner, int tcpWindow)
    {
        try
        {
            return address.Kind switch
            {
                ListenerKind.Inet => new Listener(address, OpenInet(address.EndPoint!, tcpWindow), null),
                ListenerKind.Fifo => new Listener(address, null, OpenFifo(address.Path, owner)),
                _ => new Listener(address, OpenUnix(address, owner), null),
            };
        }
        catch (SocketException e)
        {
            throw new ConfigurationException($"bind {address}: {UnixException.Describe(e.NativeErrorCode)}");
        }
    }

    /// <summary>The path of a service that is no more must not look alive.</summary>
    public void Remove()
    {
        if (Address.Kind != ListenerKind.Inet)
        {
            File.Delete(Address.Path);
        }

        Dispose();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _fifo?.Dispose();
    }

    private static Socket OpenInet(IPEndPoint endPoint, int tcpWindow)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            // .NET's ReuseAddress would set SO_REUSEPORT too, and with it a port in use could be shared unnoticed.
            socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.SetRawSocketOption(Ipv6Level, Ipv6Only, BitConverter.GetBytes(1));
            }

            TcpWindow.Limit(socket, tcpWindow);
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket OpenUnix(ListenerAddress address, MailOwner? owner)
    {
        var isStream = address.Kind == ListenerKind.Stream;
        var socket = new Socket(AddressFamily.Unix, isStream ? SocketType.Stream : SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            // A socket that a dead master left behind; the lock says that it is dead.
            File.Delete(address.Path);
            Bind(socket, address.Path, owner);
            if (isStream)
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Bind(Socket socket, string path, MailOwner? owner)
    {
        using (Identity(owner))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
        }

        // Who may connect is decided by the directory: private is mail_owner's, public the set-gid group's too.
        File.SetUnixFileMode(path, (UnixFileMode)ForAll);
    }

    private static SafeFileHandle OpenFifo(string path, MailOwner? owner)
    {
        File.Delete(path);
        using (Identity(owner))
        {
            if (MakeFifo(path, ForAll) != 0)
            {
                throw new ConfigurationException(UnixException.Last($"create fifo {path}").Message);
            }
        }

        File.SetUnixFileMode(path, (UnixFileMode)ForAll);

        // Read and write, so that it never reports an end while no writer has it open.
        var descriptor = OpenFile(path, NonBlockingReadWrite);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new ConfigurationException(UnixException.Last($"open fifo {path}").Message);
    }

    private static FileIdentity? Identity(MailOwner? owner) => owner == null ? null : FileIdentity.Assume(owner.Uid, owner.Gid);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
