using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Bench.Smtpd;

/// <summary>An SMTP client that says its lines one by one and insists on the replies.</summary>
internal static class Client
{
    /// <param name="port">Of the server.</param>
    /// <param name="number">Makes the address it comes from: 127.1.0.0/16 and on.</param>
    /// <param name="dialog">Lines, and how their replies begin.</param>
    public static async Task TalkAsync(int port, int number, IEnumerable<(string Line, string Code)> dialog)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = await ConnectAsync(port, number);
        await using var givingUp = limit.Token.Register(socket.Dispose);
        var buffer = new byte[4096];
        await ExpectAsync(socket, buffer, "220");
        foreach (var (line, code) in dialog)
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            await ExpectAsync(socket, buffer, code);
        }
    }

    public static async Task<Socket> ConnectAsync(int port, int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress([127, (byte)(1 + (number >> 16)), (byte)(number >> 8), (byte)number]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    public static async Task ExpectAsync(Socket socket, byte[] buffer, string code)
    {
        var length = 0;
        do
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length));
            length += count > 0 ? count : throw new IOException($"the server is gone; expected {code}");
        }
        while (!IsWhole(buffer.AsSpan(0, length)));
        var reply = Encoding.ASCII.GetString(buffer, 0, length);
        if (!reply.StartsWith(code, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"expected {code}: {reply}");
        }
    }

    // The last line has a space behind its code.
    private static bool IsWhole(ReadOnlySpan<byte> reply)
    {
        if (!reply.EndsWith("\r\n"u8))
        {
            return false;
        }

        var last = reply[..^2].LastIndexOf((byte)'\n') + 1;
        return reply.Length - last > 5 && reply[last + 3] != (byte)'-';
    }
}
