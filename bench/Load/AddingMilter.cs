using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Bench.Load;

/// <summary>
/// A milter that wants to see everything and adds one header at the end of each message. It runs in the process of the benchmark, so that
/// what it costs counts for neither server.
/// </summary>
internal sealed class AddingMilter : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _answer;

    public AddingMilter(string header)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1000);
        _answer = [.. Packet('h', Encoding.ASCII.GetBytes(header + "\0yes\0")), .. Packet('c', [])];
        Running = AcceptAsync();
    }

    public string Endpoint => $"inet:127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    public Task Running { get; }

    public void Dispose() => _listener.Dispose();

    private static byte[] Packet(char command, byte[] payload)
    {
        var packet = new byte[5 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, payload.Length + 1);
        packet[4] = (byte)command;
        payload.CopyTo(packet, 5);
        return packet;
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                sessions.Add(ServeAsync(await _listener.AcceptAsync()));
            }
        }
        catch (SocketException)
        {
            // Disposed: the benchmark is over.
        }

        await Task.WhenAll(sessions);
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        socket.NoDelay = true;
        var buffer = new byte[128 * 1024];
        var negotiation = Packet('O', [0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0, 0, 0]);
        var proceed = Packet('c', []);
        var (start, end) = (0, 0);
        try
        {
            while (true)
            {
                while (end - start >= 4 && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start)) is var length && end - start >= 4 + length)
                {
                    var command = (char)buffer[start + 4];
                    start += 4 + length;
                    if (command is not ('D' or 'A' or 'Q'))
                    {
                        await socket.SendAsync(command == 'O' ? negotiation : command == 'E' ? _answer : proceed);
                    }
                }

                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                var count = await socket.ReceiveAsync(buffer.AsMemory(end));
                if (count == 0)
                {
                    return;
                }

                end += count;
            }
        }
        catch (SocketException)
        {
            // The server closed the connection.
        }
    }
}
