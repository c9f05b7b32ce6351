using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration.Interfaces;
using Estafeta.Unix.Sockets;

namespace Estafeta.Net.Sasl.Server;

/// <summary>
/// One connection to Dovecot's auth process: handshake, then any number of requests in parallel. Lines of tab-separated fields;
/// the second field of a reply names its request.
/// </summary>
internal sealed class DovecotConnection : IAsyncDisposable
{
    private const int MaxLine = 16 * 1024;
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<string[]>> _waiting = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly List<SaslMechanism> _mechanisms = [];
    private readonly byte[] _buffer = new byte[MaxLine];
    private Task _reading = Task.CompletedTask;
    private int _start;
    private int _end;
    private uint _lastId;

    private DovecotConnection(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
    }

    public bool IsOpen { get; private set; } = true;

    public IReadOnlyList<SaslMechanism> Mechanisms => _mechanisms;

    /// <param name="path">A UNIX path relative to the queue directory, <c>unix:path</c>, or <c>inet:host:port</c>.</param>
    public static async ValueTask<DovecotConnection> OpenAsync(string path, TcpServices services, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = new DovecotConnection(await ConnectAsync(path, services, cancellationToken), time);
        try
        {
            using var limit = new CancellationTokenSource(ReplyTimeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await connection.ShakeHandsAsync(both.Token);
            connection._reading = connection.ReadRepliesAsync();
            return connection;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            await connection.DisposeAsync();
            throw new IOException($"SASL: no greeting from {path}", e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public uint NextId() => Interlocked.Increment(ref _lastId);

    public async ValueTask<string[]> AskAsync(uint id, string line, CancellationToken cancellationToken)
    {
        // The session goes on where its reply is read: another thread would cost more than all of the login.
        var reply = new TaskCompletionSource<string[]>();
        _waiting[id] = reply;
        try
        {
            await SendAsync(line, cancellationToken);
            if (!IsOpen)
            {
                throw new IOException("SASL: the connection to the authentication server is lost");
            }

            return await reply.Task.WaitAsync(ReplyTimeout, _time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new IOException("SASL: no reply from the authentication server", e);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        IsOpen = false;
        _socket.Dispose();
        await _reading;
        _sending.Dispose();
    }

    private static async ValueTask<Socket> ConnectAsync(string path, TcpServices services, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            if (path.StartsWith("inet:", StringComparison.Ordinal))
            {
                var colon = path.LastIndexOf(':');
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                var port = services.Find(path.AsSpan(colon + 1)) ?? throw new IOException($"SASL: Connect to {path} failed: unknown service");
                await socket.ConnectAsync(path[5..colon].Trim('[', ']'), port, cancellationToken);
            }
            else
            {
                var name = path.StartsWith("unix:", StringComparison.Ordinal) ? path[5..] : path;
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(name), cancellationToken);
            }

            return socket;
        }
        catch (SocketException e)
        {
            var family = socket?.AddressFamily ?? AddressFamily.Unspecified;
            socket?.Dispose();
            throw new IOException($"SASL: Connect to {path} failed: {ConnectFailure.Describe(e, family)}", e);
        }
    }

    private async ValueTask ShakeHandsAsync(CancellationToken cancellationToken)
    {
        await SendAsync(string.Create(CultureInfo.InvariantCulture, $"VERSION\t1\t3\nCPID\t{Environment.ProcessId}\n"), cancellationToken);
        while (true)
        {
            var fields = await ReadLineAsync(cancellationToken) ?? throw new IOException("SASL: the authentication server closed the connection");
            switch (fields[0])
            {
                case "VERSION" when fields.Length < 2 || fields[1] != "1":
                    throw new IOException("SASL: unsupported protocol version of the authentication server");
                case "MECH" when fields.Length >= 2:
                    _mechanisms.Add(new SaslMechanism(fields[1].ToUpperInvariant(), ReadProperties(fields.AsSpan(2))));
                    break;
                case "DONE":
                    return;
                default:
                    break;
            }
        }
    }

    private static SaslProperties ReadProperties(ReadOnlySpan<string> words)
    {
        var properties = SaslProperties.None;
        foreach (var word in words)
        {
            properties |= word switch
            {
                "plaintext" => SaslProperties.Plaintext,
                "anonymous" => SaslProperties.Anonymous,
                "dictionary" => SaslProperties.Dictionary,
                "active" => SaslProperties.Active,
                "forward-secrecy" => SaslProperties.ForwardSecrecy,
                "mutual-auth" => SaslProperties.MutualAuthentication,
                "private" => SaslProperties.Private,
                "channel-binding" => SaslProperties.ChannelBinding,
                _ => SaslProperties.None,
            };
        }

        return properties;
    }

    private async Task ReadRepliesAsync()
    {
        try
        {
            while (await ReadLineAsync(CancellationToken.None) is { } fields)
            {
                if (fields.Length >= 2 && fields[0] is "OK" or "CONT" or "FAIL"
                    && uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && _waiting.TryGetValue(id, out var waiting))
                {
                    waiting.TrySetResult(fields);
                }
            }
        }
        catch (IOException)
        {
            // Those who wait hear of it below.
        }
        catch (ObjectDisposedException)
        {
            // We closed it.
        }

        IsOpen = false;
        foreach (var waiting in _waiting.Values)
        {
            waiting.TrySetException(new IOException("SASL: the connection to the authentication server is lost"));
        }
    }

    private async ValueTask SendAsync(string line, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(line);
        await _sending.WaitAsync(cancellationToken);
        try
        {
            rest = rest[SocketStream.TrySend(_socket, rest.Span)..];
            while (rest.Length > 0)
            {
                rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancellationToken)..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException($"SASL: {e.Message}", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async ValueTask<string[]?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var scanned = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, scanned + at);
                _start += scanned + at + 1;
                return line.Split('\t');
            }

            scanned = _end - _start;
            if (scanned == MaxLine)
            {
                throw new IOException("SASL: overlong reply from the authentication server");
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, scanned).CopyTo(_buffer);
                _end = scanned;
                _start = 0;
            }

            try
            {
                var got = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
                if (got == 0)
                {
                    return null;
                }

                _end += got;
            }
            catch (SocketException e)
            {
                throw new IOException($"SASL: {e.Message}", e);
            }
        }
    }
}
