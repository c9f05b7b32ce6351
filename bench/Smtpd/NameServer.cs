using System.Net;
using System.Net.Sockets;

namespace Estafeta.Bench.Smtpd;

/// <summary>A name server that knows nobody: each answer is NXDOMAIN, to be kept for a minute.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    // The root's SOA: one minute for "there is no such name".
    private static readonly byte[] Soa =
    [
        0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 60,
    ];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public NameServer()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 53));
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new byte[2048];
        var anyone = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveFromAsync(buffer.AsMemory(0, 512), anyone, _stopping.Token);
                await _socket.SendToAsync(buffer.AsMemory(0, Answer(buffer, query.ReceivedBytes)), query.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The benchmark is over.
        }
    }

    // Header, the question, one SOA; what follows the question (EDNS) is cut off.
    private static int Answer(byte[] message, int length)
    {
        var end = 12;
        while (end < length && message[end] != 0)
        {
            end += message[end] + 1;
        }

        end += 5;
        (message[2], message[3]) = ((byte)(message[2] | 0x80), 0x83);
        (message[7], message[9], message[11]) = (0, 1, 0);
        Soa.CopyTo(message, end);
        return end + Soa.Length;
    }
}
