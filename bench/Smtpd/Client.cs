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
            await ExpectAsync(socket, buffer, code, line.StartsWith("MAIL", StringComparison.Ordinal) ? 1 + line.Count(c => c == '\n') : 1);
        }
    }

    /// <summary>Consecutive MAIL and RCPT as one line; what the last of them is answered counts.</summary>
    public static IEnumerable<(string Line, string Code)> Group(IEnumerable<(string Line, string Code)> dialog)
    {
        var group = new List<(string Line, string Code)>();
        foreach (var step in dialog)
        {
            if (step.Line.StartsWith("MAIL", StringComparison.Ordinal) || step.Line.StartsWith("RCPT", StringComparison.Ordinal))
            {
                group.Add(step);
                continue;
            }

            if (group.Count > 0)
            {
                yield return (string.Join("\r\n", group.Select(s => s.Line)), group[^1].Code);
                group.Clear();
            }

            yield return step;
        }
    }

    public static async Task<Socket> ConnectAsync(int port, int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress([127, (byte)(1 + (number >> 16)), (byte)(number >> 8), (byte)number]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    /// <param name="replies">So many; the code is the last one's.</param>
    public static async Task ExpectAsync(Socket socket, byte[] buffer, string code, int replies = 1)
    {
        var length = 0;
        do
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length));
            length += count > 0 ? count : throw new IOException($"the server is gone; expected {code}");
        }
        while (LastLines(buffer.AsSpan(0, length)) < replies);
        var reply = Encoding.ASCII.GetString(buffer, 0, length);
        if (!reply[(reply[..^2].LastIndexOf('\n') + 1)..].StartsWith(code, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"expected {code}: {reply}");
        }
    }

    // Whole lines that end a reply have a space behind their code.
    private static int LastLines(ReadOnlySpan<byte> replies)
    {
        var count = 0;
        for (int end; (end = replies.IndexOf((byte)'\n')) >= 0; replies = replies[(end + 1)..])
        {
            count += end > 4 && replies[3] != (byte)'-' ? 1 : 0;
        }

        return count;
    }
}
