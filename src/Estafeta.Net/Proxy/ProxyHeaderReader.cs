using System.Buffers.Binary;
using System.Net.Sockets;

namespace Estafeta.Net.Proxy;

/// <summary>
/// Takes the header off a new connection, and not one octet more: what follows may be the client's TLS handshake. Each octet counts once
/// towards the caller's time limit (smtpd_upstream_proxy_timeout, postscreen_upstream_proxy_timeout).
/// </summary>
public static class ProxyHeaderReader
{
    // The addresses, and room for the extensions that proxies send.
    private const int MaxBinaryOctets = 536;

    /// <summary>The header's octets: whole when <see cref="ProxyHeaderParser"/> takes them; empty when the connection is gone.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBinaryOctets];
        var got = await ReadStartAsync(socket, buffer, cancellationToken);
        if (got == ProxyHeaderParser.Signature.Length)
        {
            got = buffer.AsSpan(0, got).SequenceEqual(ProxyHeaderParser.Signature)
                ? await ReadBinaryAsync(socket, buffer, got, cancellationToken)
                : await ReadLineAsync(socket, buffer, got, cancellationToken);
        }

        return buffer.AsMemory(0, got);
    }

    // As much as tells the versions apart, or a line that is too short to be a header.
    private static async ValueTask<int> ReadStartAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        var got = 0;
        while (got < ProxyHeaderParser.Signature.Length)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(got, ProxyHeaderParser.Signature.Length - got), SocketFlags.None, cancellationToken);
            got += count;
            var start = buffer.AsSpan(0, got);
            if (count == 0 || (start.Contains((byte)'\n') && !ProxyHeaderParser.Signature.StartsWith(start)))
            {
                break;
            }
        }

        return got;
    }

    private static async ValueTask<int> ReadBinaryAsync(Socket socket, byte[] buffer, int got, CancellationToken cancellationToken)
    {
        got = await FillAsync(socket, buffer, got, ProxyHeaderParser.BinaryOctets, cancellationToken);
        if (got < ProxyHeaderParser.BinaryOctets)
        {
            return got;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(ProxyHeaderParser.BinaryOctets - 2));
        var end = ProxyHeaderParser.BinaryOctets + length;

        // A header too long for us ends in a refusal: nothing behind it will be read.
        return end > buffer.Length ? ProxyHeaderParser.BinaryOctets : await FillAsync(socket, buffer, got, end, cancellationToken);
    }

    // Looks where the line ends before it takes what is left of it.
    private static async ValueTask<int> ReadLineAsync(Socket socket, byte[] buffer, int got, CancellationToken cancellationToken)
    {
        if (buffer.AsSpan(0, got).Contains((byte)'\n'))
        {
            return got; // too short to be a header
        }

        while (got < ProxyHeaderParser.MaxLineOctets)
        {
            var seen = await socket.ReceiveAsync(buffer.AsMemory(got, ProxyHeaderParser.MaxLineOctets - got), SocketFlags.Peek, cancellationToken);
            if (seen == 0)
            {
                return got;
            }

            var end = buffer.AsSpan(got, seen).IndexOf((byte)'\n');
            got = await FillAsync(socket, buffer, got, got + (end < 0 ? seen : end + 1), cancellationToken);
            if (end >= 0)
            {
                return got;
            }
        }

        return got;
    }

    private static async ValueTask<int> FillAsync(Socket socket, byte[] buffer, int got, int end, CancellationToken cancellationToken)
    {
        while (got < end)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(got, end - got), SocketFlags.None, cancellationToken);
            if (count == 0)
            {
                break;
            }

            got += count;
        }

        return got;
    }
}
