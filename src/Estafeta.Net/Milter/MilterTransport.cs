using System.Net.Sockets;
using Estafeta.Unix;

namespace Estafeta.Net.Milter;

/// <summary>
/// The connection to a milter: octets there and back. Either a socket of this process, or one of another process that passes the octets
/// on. Trouble and time-outs are <see cref="IOException"/>.
/// </summary>
public abstract class MilterTransport : IDisposable
{
    /// <summary>What log lines say of a connection that the milter closed: there is no system error to name.</summary>
    public const string ClosedText = "Application error";

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
            var endpoint = MilterEndpoint.Parse(settings.Endpoint);
            if (endpoint.Path is { } path)
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), both.Token);
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
            socket?.Dispose();
            throw new IOException(Describe(e), e);
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
            throw new IOException(Describe(e), e);
        }
        catch (ObjectDisposedException e)
        {
            // Closed after trouble that another user of the connection had.
            throw new IOException(ClosedText, e);
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
            return got > 0 ? got : throw new IOException(ClosedText);
        }
        catch (SocketException e)
        {
            throw new IOException(Describe(e), e);
        }
        catch (ObjectDisposedException e)
        {
            // Closed after trouble that another user of the connection had.
            throw new IOException(ClosedText, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out", e);
        }
    }

    public override void Dispose() => _socket.Dispose();

    // .NET says "address not available" of a socket file that is not there.
    private static string Describe(SocketException e) =>
        UnixException.Describe(e.SocketErrorCode == SocketError.AddressNotAvailable ? Errno.ENOENT : e.NativeErrorCode);
}
