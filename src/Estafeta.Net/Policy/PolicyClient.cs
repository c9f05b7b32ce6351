using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Estafeta.Tables.Network;

namespace Estafeta.Net.Policy;

/// <summary>
/// Asks one policy service: a request of <c>name=value</c> lines ended by an empty line, answered by <c>action=…</c> and an empty line.
/// Keeps connections for the next request (max_idle, max_ttl, request_limit). Thread-safe; as many requests at once as there are
/// connections. Trouble is logged here, in Postfix's words, and answered by null.
/// </summary>
public sealed class PolicyClient(PolicyServiceSettings settings, TableEndpoint endpoint, TimeProvider time, Action<string> warn) : IAsyncDisposable
{
    /// <summary>A service that answers with more than this has lost its mind.</summary>
    private const int AnswerLimit = 16 * 1024;

    private readonly Stack<Connection> _idle = new();
    private bool _isDisposed;

    /// <param name="request">Lines and the final empty line.</param>
    /// <param name="cancellationToken">Ends waiting for the answer.</param>
    /// <returns>The value of <c>action</c>, null when no try got one.</returns>
    public async ValueTask<string?> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var connection = TakeIdle();
            var wasIdle = connection != null;
            try
            {
                connection ??= new Connection(await ConnectAsync(cancellationToken), time.GetTimestamp());
                var action = await ExchangeAsync(connection, request, cancellationToken);
                Return(connection);
                return action;
            }
            catch (Exception trouble) when (trouble is IOException or InvalidDataException or SocketException)
            {
                connection?.Socket.Dispose();
                if (wasIdle)
                {
                    // Closed while it was idle: that is no failure of the service yet.
                    attempt--;
                    continue;
                }

                warn($"problem talking to server {endpoint.Text}: {(trouble is InvalidDataException ? "Application error" : trouble.Message)}");
            }

            if (attempt >= settings.TryLimit)
            {
                return null;
            }

            await Task.Delay(settings.RetryDelay, time, cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_idle)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var connection))
            {
                connection.Socket.Dispose();
            }
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await endpoint.ConnectAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            warn($"connect to {endpoint.Text}: Connection timed out");
            throw new IOException("Connection timed out");
        }
        catch (IOException trouble)
        {
            warn($"connect to {endpoint.Text}: {trouble.Message}");
            throw;
        }
    }

    private async ValueTask<string> ExchangeAsync(Connection connection, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(AnswerLimit);
        try
        {
            await connection.Socket.SendAsync(request, either.Token);
            var length = 0;
            while (true)
            {
                var count = await connection.Socket.ReceiveAsync(buffer.AsMemory(length, AnswerLimit - length), either.Token);
                length += count;
                if (IsComplete(buffer.AsSpan(0, length)))
                {
                    connection.Requests++;
                    return Read(buffer.AsSpan(0, length));
                }

                if (count == 0)
                {
                    warn($"premature end-of-input on {endpoint.Text} while reading input attribute name");
                    throw new InvalidDataException();
                }

                if (length == AnswerLimit)
                {
                    warn($"unreasonable answer from {endpoint.Text}");
                    throw new InvalidDataException();
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            warn($"timeout on {endpoint.Text} while reading input attribute name");
            throw new IOException("Connection timed out");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsComplete(ReadOnlySpan<byte> answer) =>
        answer.EndsWith("\n\n"u8) || (answer.Length == 1 && answer[0] == (byte)'\n');

    // The first action counts; attributes that are not known are skipped.
    private string Read(ReadOnlySpan<byte> answer)
    {
        foreach (var range in answer.Split((byte)'\n'))
        {
            var line = answer[range];
            if (!line.StartsWith("action="u8))
            {
                continue;
            }

            if (System.Text.Unicode.Utf8.IsValid(line))
            {
                return Encoding.UTF8.GetString(line[7..]);
            }

            warn($"malformed UTF-8 in policy server {settings.Name} response: \"{Encoding.ASCII.GetString(line[7..])}\"");
            return settings.DefaultAction;
        }

        warn($"missing attribute action in input from {endpoint.Text}");
        throw new InvalidDataException();
    }

    private Connection? TakeIdle()
    {
        lock (_idle)
        {
            while (_idle.TryPop(out var connection))
            {
                if (time.GetElapsedTime(connection.LastUse) < settings.MaxIdle && time.GetElapsedTime(connection.Opened) < settings.MaxTtl)
                {
                    return connection;
                }

                connection.Socket.Dispose();
            }
        }

        return null;
    }

    private void Return(Connection connection)
    {
        connection.LastUse = time.GetTimestamp();
        lock (_idle)
        {
            if (!_isDisposed && (settings.RequestLimit == 0 || connection.Requests < settings.RequestLimit))
            {
                _idle.Push(connection);
                return;
            }
        }

        connection.Socket.Dispose();
    }

    private sealed class Connection(Socket socket, long opened)
    {
        public Socket Socket => socket;

        public long Opened => opened;

        public long LastUse { get; set; }

        public int Requests { get; set; }
    }
}
