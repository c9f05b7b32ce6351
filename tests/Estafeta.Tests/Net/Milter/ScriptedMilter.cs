using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Tests.Net.Milter;

/// <summary>
/// A milter that answers each command by a script: command letter → packets to send. Null packets mean: close the connection.
/// Commands without an entry are answered with "continue".
/// </summary>
internal sealed class ScriptedMilter : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-milter");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<char, byte[]?> _answers;
    private readonly uint _actions;
    private readonly uint _steps;
    private readonly Task _running;

    public ScriptedMilter(Dictionary<char, byte[]?> answers, uint actions = 0x1ff, uint steps = 0)
    {
        _answers = answers;
        _actions = actions;
        _steps = steps;
        var path = Path.Combine(_folder.FullName, "milter");
        Endpoint = "unix:" + path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(4);
        _running = ServeAsync();
    }

    public string Endpoint { get; }

    /// <summary>What came, a line each: the command letter, then the payload with NUL shown as <c>|</c>.</summary>
    public List<string> Received { get; } = [];

    public static byte[] Packet(char command, params string[] texts) =>
        Packet(command, Encoding.UTF8.GetBytes(string.Concat(texts.Select(t => t + "\0"))));

    public static byte[] Packet(char command, byte[] payload)
    {
        var packet = new byte[5 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, payload.Length + 1);
        packet[4] = (byte)command;
        payload.CopyTo(packet, 5);
        return packet;
    }

    /// <summary>Completes when the client has left, i.e. everything it sent has been received.</summary>
    public Task ClientLeft => _running;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        _folder.Delete(recursive: true);
    }

    private async Task ServeAsync()
    {
        try
        {
            using var socket = await _listener.AcceptAsync();
            await using var stream = new NetworkStream(socket);
            var header = new byte[4];
            while (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) == 4)
            {
                var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
                await stream.ReadExactlyAsync(packet);
                var command = (char)packet[0];
                Received.Add(command + Encoding.UTF8.GetString(packet, 1, packet.Length - 1).Replace('\0', '|'));
                if (command is 'D' or 'A' or 'Q')
                {
                    continue;
                }

                if (!_answers.TryGetValue(command, out var answer))
                {
                    answer = command == 'O' ? Negotiation() : Packet('c');
                }

                if (answer == null)
                {
                    return;
                }

                await stream.WriteAsync(answer);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The client left, or the test is over.
        }
    }

    private byte[] Negotiation()
    {
        var payload = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(payload, 6);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(4), _actions);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(8), _steps);
        return Packet('O', payload);
    }
}
