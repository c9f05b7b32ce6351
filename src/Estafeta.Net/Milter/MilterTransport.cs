using System.Globalization;
using System.Net.Sockets;

namespace Estafeta.Net.Milter;

/// <summary>
/// The connection to a milter: octets there and back. Either a socket of this process, or one of another process that passes the octets
/// on. Trouble and time-outs are <see cref="IOException"/>.
/// </summary>
public abstract class MilterTransport : IDisposable
{
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken);

    /// <returns>How many octets came, at least one.</returns>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Ends the connection.</summary>
    public abstract void Dispose();
}

/// <summary>A socket of this process.</summary>
public sealed class MilterSocketTransport : MilterTransport
{
    private readonly Socket _socket;
    private readonly TimeProvider _time;

    private MilterSocketTransport(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
    }

    public static async ValueTask<MilterSocketTransport> ConnectAsync(MilterSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Socket? socket = null;
        try
        {
            var (kind, rest) = settings.Endpoint.IndexOf(':') is > 0 and var colon
                ? (settings.Endpoint[..colon], settings.Endpoint[(colon + 1)..])
                : throw new IOException($"bad milter endpoint {settings.Endpoint}");
            if (kind is "unix" or "local")
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(rest), both.Token);
            }
            else if (kind == "inet" && rest.LastIndexOf(':') is > 0 and var port)
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(rest[..port].Trim('[', ']'), int.Parse(rest.AsSpan(port + 1), NumberStyles.None, CultureInfo.InvariantCulture), both.Token);
            }
            else
            {
                throw new IOException($"bad milter endpoint {settings.Endpoint}");
            }

            return new MilterSocketTransport(socket, time);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket?.Dispose();
            throw new IOException("Connection timed out", e);
        }
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (octets.Length > 0)
            {
                octets = octets[await _socket.SendAsync(octets, SocketFlags.None, both.Token)..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out", e);
        }
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var got = await _socket.ReceiveAsync(buffer, SocketFlags.None, both.Token);
            return got > 0 ? got : throw new IOException("Connection closed");
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out", e);
        }
    }

    public override void Dispose() => _socket.Dispose();
}
