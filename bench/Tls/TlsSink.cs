using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;

namespace Estafeta.Bench.Tls;

/// <summary>smtp-sink with STARTTLS: takes everything, counts messages.</summary>
internal sealed class TlsSink : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TlsContext _context;
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _missing;

    public TlsSink(int port, string certificate, int messages)
    {
        _missing = messages;
        _context = TlsContext.Create(new TlsContextOptions { IsServer = true, ChainFiles = [certificate], Tickets = new TicketKeys(TimeProvider.System) });
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(500);
        _accepting = AcceptAsync();
    }

    /// <summary>Completes with the last message.</summary>
    public Task All => _all.Task;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _context.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                sessions.Add(ServeAsync(await _listener.AcceptAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await stream.WriteAsync("220 sink ESMTP\r\n"u8.ToArray(), _stopping.Token);
            var lines = new LineReader();
            var inContent = false;
            while (await lines.ReadAsync(stream, _stopping.Token) is { } line)
            {
                if (inContent)
                {
                    if (line == ".")
                    {
                        inContent = false;
                        await stream.WriteAsync("250 2.0.0 Ok\r\n"u8.ToArray(), _stopping.Token);
                        if (Interlocked.Decrement(ref _missing) == 0)
                        {
                            _all.TrySetResult();
                        }
                    }

                    continue;
                }

                var verb = line.Split(' ')[0].ToUpperInvariant();
                inContent = verb == "DATA";
                await stream.WriteAsync(
                    verb switch
                    {
                        "EHLO" => "250-sink\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"u8.ToArray(),
                        "STARTTLS" => "220 2.0.0 go\r\n"u8.ToArray(),
                        "DATA" => "354 go\r\n"u8.ToArray(),
                        "QUIT" => "221 2.0.0 bye\r\n"u8.ToArray(),
                        _ => "250 2.0.0 Ok\r\n"u8.ToArray(),
                    },
                    _stopping.Token);
                if (verb == "STARTTLS")
                {
                    stream = await TlsStream.AcceptAsync(stream, _context, new TlsSessionOptions(), _stopping.Token);
                }
                else if (verb == "QUIT")
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server has what it wanted, or the run is over.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private sealed class LineReader
    {
        private readonly byte[] _buffer = new byte[32 * 1024];
        private int _start;
        private int _end;

        public async ValueTask<string?> ReadAsync(Stream stream, CancellationToken cancellationToken)
        {
            while (true)
            {
                var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (length >= 0)
                {
                    // Of content nobody needs more than whether it is the dot.
                    var text = System.Text.Encoding.ASCII.GetString(_buffer, _start, Math.Min(length, 64)).TrimEnd('\r');
                    _start += length + 1;
                    return text;
                }

                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
                var got = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
                if (got == 0)
                {
                    return null;
                }

                _end += got;
            }
        }
    }
}
