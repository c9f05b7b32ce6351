using System.Net.Sockets;
using System.Text;

namespace Estafeta.Tests.Net.Sasl;

/// <summary>A scripted Dovecot auth socket: the handshake, then one answer per line received; null closes the connection.</summary>
internal sealed class FakeDovecot : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-sasl");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<string, string?> _answer;
    private readonly int _chunk;
    private readonly Task _running;
    private readonly List<Task> _sessions = [];

    public FakeDovecot(Func<string, string?> answer, string? handshake = null, int chunk = int.MaxValue)
    {
        _answer = answer;
        _chunk = chunk;
        Handshake = handshake ?? "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tCRAM-MD5\tdictionary\tactive\nSPID\t1\nCUID\t1\nCOOKIE\tabc\nDONE\n";
        Path = System.IO.Path.Combine(_folder.FullName, "auth");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(8);

        // An installed Postfix comes as its own user.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(Path, (UnixFileMode)0x1B6);
        _running = AcceptAsync();
    }

    public string Path { get; }

    public string Handshake { get; }

    public List<string> Lines { get; } = [];

    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        await Task.WhenAll(_sessions);
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                Connections++;
                _sessions.Add(ServeAsync(socket));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            await ConverseAsync(socket);
        }
        catch (IOException)
        {
            // The client has gone, perhaps before it read everything.
        }
    }

    private async Task ConverseAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await SendAsync(stream, Handshake);
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("VERSION", StringComparison.Ordinal) || line.StartsWith("CPID", StringComparison.Ordinal))
            {
                continue;
            }

            lock (Lines)
            {
                Lines.Add(line);
            }

            if (_answer(line) is not { } reply)
            {
                return;
            }

            await SendAsync(stream, reply + "\n");
        }
    }

    private async Task SendAsync(NetworkStream stream, string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < octets.Length; at += _chunk)
        {
            await stream.WriteAsync(octets.AsMemory(at, Math.Min(_chunk, octets.Length - at)));
            if (_chunk >= octets.Length)
            {
                break;
            }
        }
    }
}
