using System.Net.Sockets;
using System.Text;
using Estafeta.Net.Tls;

namespace Estafeta.Bench.Tls;

/// <summary>An SMTP client that gets as far as EHLO within TLS.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[2048];
    private Stream _stream;

    private TlsClient(Socket socket) => (_socket, _stream) = (socket, new NetworkStream(socket, ownsSocket: true));

    public TlsStream Tls => (TlsStream)_stream;

    public static TlsContext CreateContext() => TlsContext.Create(new TlsContextOptions { IsServer = false, Protocols = TlsProtocols.Parse("bench", ">=TLSv1.3") });

    public static async Task<TlsClient> ConnectAsync(int port, TlsContext context, TlsResumption? resumption)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var client = new TlsClient(socket);
        await client.ReadAsync();
        await client.CommandAsync("EHLO bench");
        await client.CommandAsync("STARTTLS");
        client._stream = await TlsStream.ConnectAsync(client._stream, context, new TlsSessionOptions { Resumption = resumption }, CancellationToken.None);
        await client.CommandAsync("EHLO bench");
        return client;
    }

    public async Task CommandAsync(string command)
    {
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        await ReadAsync();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task ReadAsync()
    {
        var length = 0;
        while (!IsComplete(_buffer.AsSpan(0, length)))
        {
            var got = await _stream.ReadAsync(_buffer.AsMemory(length));
            length += got > 0 ? got : throw new IOException("lost connection");
        }
    }

    // The last line of a reply has a blank behind the code.
    private static bool IsComplete(ReadOnlySpan<byte> reply)
    {
        if (!reply.EndsWith("\r\n"u8))
        {
            return false;
        }

        var line = reply[..^2].LastIndexOf((byte)'\n') + 1;
        return reply.Length > line + 3 && reply[line + 3] == ' ';
    }
}
