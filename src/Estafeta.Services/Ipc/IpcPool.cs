using System.Net.Sockets;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Ipc;

/// <summary>
/// Connections to one service of another process, kept for the next request. A connection lent is used for one request at a
/// time; one that failed is disposed instead of returned.
/// </summary>
public sealed class IpcPool(string socketPath, string protocol, TimeProvider time) : IAsyncDisposable
{
    private const int MaxIdle = 256;
    private readonly Stack<IpcConnection> _idle = new();
    private bool _disposed;

    /// <summary>Path of the socket, relative to the queue directory: <c>private/smtp</c>.</summary>
    public string SocketPath => socketPath;

    public async ValueTask<IpcConnection> RentAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            IpcConnection? connection;
            lock (_idle)
            {
                if (!_idle.TryPop(out connection))
                {
                    break;
                }
            }

            // The service may have gone while the connection was idle; then nothing was sent yet and a new one is safe.
            if (connection.IsIdleAndOpen)
            {
                return connection;
            }

            await connection.DisposeAsync();
        }

        return await ConnectAsync(cancellationToken);
    }

    public async ValueTask ReturnAsync(IpcConnection connection)
    {
        lock (_idle)
        {
            if (!_disposed && _idle.Count < MaxIdle)
            {
                _idle.Push(connection);
                return;
            }
        }

        await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        IpcConnection[] idle;
        lock (_idle)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (var connection in idle)
        {
            await connection.DisposeAsync();
        }
    }

    private async ValueTask<IpcConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            var connection = new IpcConnection(socket) { Peer = socketPath };
            using var limit = new CancellationTokenSource(IpcHandshake.Timeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await IpcHandshake.OpenAsync(connection, protocol, both.Token);
            return connection;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IpcConnectException(socketPath, ConnectFailure.Describe(e), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new IpcConnectException(socketPath, "no greeting in time", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
