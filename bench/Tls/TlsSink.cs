using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Unix.Sockets;

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
        Stream stream = new SocketStream(socket, ownsSocket: true);
        try
        {
            await stream.WriteAsync("220 sink ESMTP\r\n"u8.ToArray(), _stopping.Token);
            var lines = new LineReader();
            while (await lines.ReadAsync(stream, _stopping.Token) is { } line)
            {
                var verb = line.Split(' ')[0].ToUpperInvariant();
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
                else if (verb == "DATA")
                {
                    await lines.SkipContentAsync(stream, _stopping.Token);
                    await stream.WriteAsync("250 2.0.0 Ok\r\n"u8.ToArray(), _stopping.Token);
                    if (Interlocked.Decrement(ref _missing) == 0)
                    {
                        _all.TrySetResult();
                    }
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
                var length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
                if (length >= 0)
                {
                    var text = System.Text.Encoding.ASCII.GetString(_buffer, _start, length);
                    _start += length + 2;
                    return text;
                }

                if (!await FillAsync(stream, cancellationToken))
                {
                    return null;
                }
            }
        }

        /// <summary>To the dot; nothing of content is of interest, and it ends a line before.</summary>
        public async ValueTask SkipContentAsync(Stream stream, CancellationToken cancellationToken)
        {
            while (true)
            {
                var end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n.\r\n"u8);
                if (end >= 0)
                {
                    _start += end + 5;
                    return;
                }

                _start = Math.Max(_start, _end - 4); // the end may be cut in two
                if (!await FillAsync(stream, cancellationToken))
                {
                    throw new EndOfStreamException("lost connection");
                }
            }
        }

        private async ValueTask<bool> FillAsync(Stream stream, CancellationToken cancellationToken)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var got = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += got;
            return got > 0;
        }
    }
}
