using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Bench.Auth;

/// <summary>Clients that connect, log in and leave, twenty at once.</summary>
internal static class LoginLoad
{
    private const int AtOnce = 20;

    public static async Task RunAsync(int port, int logins)
    {
        var left = logins;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await LogInAsync(port);
            }
        }));
    }

    private static async Task LogInAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[4096];
        await ExpectAsync(socket, buffer, "220 ");
        await socket.SendAsync("EHLO bench.example.test\r\n"u8.ToArray());
        await ExpectAsync(socket, buffer, "250 ");
        await socket.SendAsync("AUTH PLAIN AGpvZQBzZWNyZXQ=\r\n"u8.ToArray()); // joe, secret
        await ExpectAsync(socket, buffer, "235 ");
        await socket.SendAsync("QUIT\r\n"u8.ToArray());
        await ExpectAsync(socket, buffer, "221 ");
    }

    private static async Task ExpectAsync(Socket socket, byte[] buffer, string last)
    {
        var text = "";
        while (!text.EndsWith('\n') || !text.Split('\n')[^2].StartsWith(last, StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer);
            text += Encoding.ASCII.GetString(buffer, 0, read);
            if (read == 0 || text.StartsWith('4') || text.StartsWith('5'))
            {
                throw new IOException($"expected {last}, got {text}");
            }
        }
    }
}
