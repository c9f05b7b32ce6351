using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Estafeta.Net.Dns;

/// <summary>
/// Asks the configured servers one question: UDP first, TCP after a truncated reply, every server, several attempts. A fresh socket
/// and so a fresh random port per query, and a random id: a blind forger has to guess both (RFC 5452). Replies that do not match are
/// ignored until the time is up.
/// </summary>
internal static partial class DnsExchange
{
    private const int MaximumTcpOctets = 65535;

    /// <returns>Null when no server gave a usable reply.</returns>
    public static async Task<DnsReply?> AskAsync(
        ResolverConfiguration configuration, string name, DnsRecordType type, bool dnssecOk, TimeProvider time, CancellationToken cancellationToken)
    {
        var first = configuration.Rotate ? RandomId() % configuration.Servers.Count : 0;
        var edns = true;
        for (var attempt = 0; attempt < configuration.Attempts; attempt++)
        {
            for (var i = 0; i < configuration.Servers.Count; i++)
            {
                var server = configuration.Servers[(first + i) % configuration.Servers.Count];
                var reply = await AskServerAsync(server, configuration, name, type, edns, dnssecOk, time, cancellationToken);
                if (edns && reply?.Code is DnsReplyCode.FormatError or DnsReplyCode.NotImplemented)
                {
                    reply = await AskServerAsync(server, configuration, name, type, edns: false, dnssecOk: false, time, cancellationToken);
                }

                if (reply?.Code is DnsReplyCode.NoError or DnsReplyCode.NameError)
                {
                    return reply;
                }
            }

            // Something between may drop EDNS0 silently; without DO nothing is lost by trying plain DNS.
            edns = dnssecOk;
        }

        return null;
    }

    private static async Task<DnsReply?> AskServerAsync(
        IPEndPoint server, ResolverConfiguration configuration, string name, DnsRecordType type, bool edns, bool dnssecOk, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(configuration.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            var reply = configuration.AlwaysTcp ? null : await AskByUdpAsync(server, name, type, edns, dnssecOk, buffer, either.Token);
            return reply == null ? configuration.AlwaysTcp ? await AskByTcpAsync(server, name, type, edns, dnssecOk, either.Token) : null
                : reply.IsTruncated ? await AskByTcpAsync(server, name, type, edns, dnssecOk, either.Token)
                : reply;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // this server's time is up
        }
        catch (SocketException)
        {
            return null; // refused or unreachable: the next server
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<DnsReply?> AskByUdpAsync(
        IPEndPoint server, string name, DnsRecordType type, bool edns, bool dnssecOk, byte[] buffer, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server); // only datagrams from this server; does not block for UDP
        var id = RandomId();
        var length = DnsQuery.Write(buffer, id, name, type, edns, dnssecOk);
        await socket.SendAsync(buffer.AsMemory(0, length), SocketFlags.None, cancellationToken);
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, cancellationToken);
            if (DnsReply.TryParse(buffer.AsSpan(0, received), id, name, type) is { } reply)
            {
                return reply;
            }
        }
    }

    private static async Task<DnsReply?> AskByTcpAsync(
        IPEndPoint server, string name, DnsRecordType type, bool edns, bool dnssecOk, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(MaximumTcpOctets + 2);
        try
        {
            var id = RandomId();
            var length = DnsQuery.Write(buffer.AsSpan(2), id, name, type, edns, dnssecOk);
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
            await socket.SendAsync(buffer.AsMemory(0, length + 2), SocketFlags.None, cancellationToken);
            if (!await ReceiveAsync(socket, buffer.AsMemory(0, 2), cancellationToken))
            {
                return null;
            }

            var size = BinaryPrimitives.ReadUInt16BigEndian(buffer);
            return await ReceiveAsync(socket, buffer.AsMemory(0, size), cancellationToken)
                ? DnsReply.TryParse(buffer.AsSpan(0, size), id, name, type)
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async ValueTask<bool> ReceiveAsync(Socket socket, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (destination.Length > 0)
        {
            var received = await socket.ReceiveAsync(destination, SocketFlags.None, cancellationToken);
            if (received == 0)
            {
                return false;
            }

            destination = destination[received..];
        }

        return true;
    }

    // Not RandomNumberGenerator: it drags libcrypto into daemons that need nothing else of it, and aborts in a chroot without it.
    private static ushort RandomId()
    {
        ushort id = 0;
        return getrandom(MemoryMarshal.AsBytes(new Span<ushort>(ref id)), sizeof(ushort), 0) == sizeof(ushort)
            ? id
            : throw new InvalidOperationException("getrandom failed");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getrandom(Span<byte> buffer, nint length, uint flags);
}
