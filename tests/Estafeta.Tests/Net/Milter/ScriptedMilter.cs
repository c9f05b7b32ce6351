using System.Buffers.Binary;
using System.Net;
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
    private readonly Socket _listener;
    private readonly TaskCompletionSource _firstLeft = new();
    private readonly TaskCompletionSource _stuck = new();
    private readonly List<byte[]> _octets = [];
    private readonly Dictionary<char, byte[]?> _answers;
    private readonly uint _actions;
    private readonly uint _steps;
    private readonly Task _running;

    /// <param name="answers">Packets by command letter.</param>
    /// <param name="actions">SMFIF bits it asks for.</param>
    /// <param name="steps">SMFIP bits it asks for.</param>
    /// <param name="isTcp">Listens on a loopback port instead of a socket that only this user can reach.</param>
    public ScriptedMilter(Dictionary<char, byte[]?> answers, uint actions = 0x1ff, uint steps = 0, bool isTcp = false)
    {
        _answers = answers;
        _actions = actions;
        _steps = steps;
        _listener = isTcp
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(_folder.FullName, "milter");
        _listener.Bind(isTcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path));
        Endpoint = isTcp ? $"inet:127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}" : "unix:" + path;
        _listener.Listen(4);
        _running = AcceptAsync();
    }

    /// <summary>Answers without "continue" (a milter that hangs): commands by letter.</summary>
    public HashSet<char> Unanswered { get; } = [];

    /// <summary>Completes with the first command that is not answered.</summary>
    public Task Stuck => _stuck.Task;

    /// <summary>Resets the connection at these commands.</summary>
    public HashSet<char> Resets { get; } = [];

    /// <summary>The protocol version it speaks.</summary>
    public uint Version { get; init; } = 6;

    public string Endpoint { get; }

    /// <summary>What came, a line each: the command letter, then the payload with NUL shown as <c>|</c>.</summary>
    public string[] Received
    {
        get
        {
            lock (_octets)
            {
                return [.. _octets.Select(static p => (char)p[0] + Encoding.UTF8.GetString(p, 1, p.Length - 1).Replace('\0', '|'))];
            }
        }
    }

    /// <summary>The same as octets.</summary>
    public byte[][] Octets
    {
        get
        {
            lock (_octets)
            {
                return [.. _octets];
            }
        }
    }

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

    /// <summary>Completes when the first client has left, i.e. everything it sent has been received.</summary>
    public Task ClientLeft => _firstLeft.Task;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                clients.Add(ServeAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var header = new byte[4];
            while (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) == 4)
            {
                var packet = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
                await stream.ReadExactlyAsync(packet);
                var command = (char)packet[0];
                lock (_octets)
                {
                    _octets.Add(packet);
                }

                if (command is 'D' or 'A' or 'Q')
                {
                    continue;
                }

                if (!_answers.TryGetValue(command, out var answer))
                {
                    if (IsPromisedSilence(command))
                    {
                        continue;
                    }

                    answer = command == 'O' ? Negotiation() : Packet('c');
                }

                if (Resets.Contains(command))
                {
                    socket.LingerState = new LingerOption(true, 0);
                    return;
                }

                if (Unanswered.Contains(command))
                {
                    _stuck.TrySetResult();
                    continue;
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
        finally
        {
            _firstLeft.TrySetResult();
        }
    }

    // SMFIP_NR_*: what it said it would not answer.
    private bool IsPromisedSilence(char command) => (_steps & command switch
    {
        'L' => 0x80u,
        'C' => 0x1000u,
        'H' => 0x2000u,
        'M' => 0x4000u,
        'R' => 0x8000u,
        'T' => 0x10000u,
        'U' => 0x20000u,
        'N' => 0x40000u,
        'B' => 0x80000u,
        _ => 0u,
    }) != 0;

    private byte[] Negotiation()
    {
        var payload = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(payload, Version);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(4), _actions);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(8), _steps);
        return Packet('O', payload);
    }
}
