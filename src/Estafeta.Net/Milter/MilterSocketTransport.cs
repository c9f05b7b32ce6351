using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Estafeta.Unix;
using Estafeta.Unix.Sockets;

namespace Estafeta.Net.Milter;

/// <summary>
/// A milter's socket in this process. One timer serves for all waits: a connection that has timed out once is of no more use.
/// </summary>
public sealed class MilterSocketTransport : MilterTransport
{
    private const int ReadOctets = 4096;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;
    private byte[] _received = [];
    private int _start;
    private int _end;
    private bool _isClosed;

    private MilterSocketTransport(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _timer = time.CreateTimer(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); // what is passed here
    }

    public static async ValueTask<MilterSocketTransport> ConnectAsync(MilterSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Socket? socket = null;
        try
        {
            var endpoint = MilterEndpoint.Parse(settings.Endpoint, settings.Services);
            if (endpoint.Path is { } path)
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), both.Token);
            }
            else if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), both.Token);
            }
            else
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(endpoint.Host, endpoint.Port, both.Token);
            }

            return new MilterSocketTransport(socket, time);
        }
        catch (SocketException e)
        {
            var family = socket?.AddressFamily ?? AddressFamily.Unspecified;
            socket?.Dispose();
            throw new IOException(ConnectFailure.Describe(e, family), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket?.Dispose();
            throw new IOException("Connection timed out", e);
        }
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Once closed, or in trouble, the rest is the whole, and trouble shows itself.
        var rest = _isClosed ? octets : octets[SocketStream.TrySend(_socket, octets.Span)..];
        return rest.IsEmpty ? ValueTask.CompletedTask : SendRestAsync(rest, timeout, cancellationToken);
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var left = TakeReceived(buffer.Length);
        if (left.IsEmpty)
        {
            return ReadAsync(buffer, timeout, cancellationToken);
        }

        left.CopyTo(buffer);
        return new(left.Length);
    }

    public override async ValueTask<MilterTurnsResult> TakeTurnsAsync(MilterTurns turns, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var continued = 0;
        try
        {
            foreach (var turn in turns.Turns)
            {
                await SendAsync(turns.Octets.Slice(turn.Start, turn.Length), timeout, cancellationToken);
                while (_end - _start < MilterProtocol.Continue.Length && MilterProtocol.Continue.StartsWith(_received.AsSpan(_start, _end - _start)))
                {
                    var got = await FillAsync(timeout, cancellationToken); // which moves the end, so it is added to afterwards
                    _end += got;
                }

                if (!_received.AsSpan(_start, _end - _start).StartsWith(MilterProtocol.Continue))
                {
                    break;
                }

                _start += MilterProtocol.Continue.Length;
                continued++;
            }

            return new MilterTurnsResult(continued, null);
        }
        catch (IOException e)
        {
            return new MilterTurnsResult(continued, e);
        }
    }

    /// <summary>Takes what has been received already, at most so much; valid until the next call.</summary>
    public ReadOnlyMemory<byte> TakeReceived(int most)
    {
        var taken = _received.AsMemory(_start, Math.Min(most, _end - _start));
        _start += taken.Length;
        return taken;
    }

    // The token's source is left to the collector: the timer may be about to cancel it.
    public override void Dispose()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _socket.Dispose();
        _timer.Dispose();
        if (_received.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_received);
            (_received, _start, _end) = ([], 0, 0);
        }
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            while (octets.Length > 0)
            {
                using var ending = Arm(timeout, cancellationToken);
                octets = octets[await _socket.SendAsync(octets, SocketFlags.None, _ended.Token)..];
            }
        }
        catch (Exception e) when (Explain(e, cancellationToken) is { } trouble)
        {
            throw trouble;
        }
        finally
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private ValueTask<int> FillAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _received.AsSpan(_start, _end - _start).CopyTo(_received);
        (_start, _end) = (0, _end - _start);
        if (_received.Length == 0)
        {
            _received = ArrayPool<byte>.Shared.Rent(ReadOctets);
        }

        return ReadAsync(_received.AsMemory(_end), timeout, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            using var ending = Arm(timeout, cancellationToken);
            var got = await _socket.ReceiveAsync(buffer, SocketFlags.None, _ended.Token);
            return got > 0 ? got : throw new IOException(ClosedText);
        }
        catch (Exception e) when (Explain(e, cancellationToken) is { } trouble)
        {
            throw trouble;
        }
        finally
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private CancellationTokenRegistration Arm(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        return cancellationToken.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended); // what is passed here
    }

    // Null for what is no trouble of the connection.
    private static IOException? Explain(Exception e, CancellationToken cancellationToken) => e switch
    {
        SocketException socket => new IOException(UnixException.Describe(socket.NativeErrorCode), e),

        // Closed after trouble that another user of the connection had.
        ObjectDisposedException => new IOException(ClosedText, e),
        OperationCanceledException when !cancellationToken.IsCancellationRequested => new IOException("Connection timed out", e),
        _ => null,
    };
}
