using System.Net.Sockets;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Ipc;

/// <summary>
/// Accepts connections of other processes on an inherited UNIX socket and serves each with one handler until it closes.
/// The handler serves requests in a loop; an exception ends its connection only.
/// </summary>
public sealed class IpcServer
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromSeconds(1);
    private readonly string _protocol;
    private readonly IMailLog _log;
    private readonly Func<uint, bool> _isTrustedUser;
    private readonly HashSet<Task> _sessions = [];

    /// <param name="protocol">Name both sides must say.</param>
    /// <param name="isTrustedUser">Whether a peer with this uid may connect; everybody else is disconnected unread.</param>
    /// <param name="log">Where trouble with a connection is noted.</param>
    public IpcServer(string protocol, Func<uint, bool> isTrustedUser, IMailLog log)
    {
        _protocol = protocol;
        _isTrustedUser = isTrustedUser;
        _log = log;
    }

    /// <summary>What a new connection is greeted with; none by default.</summary>
    public Func<ReadOnlyMemory<byte>> Greeting { get; init; } = static () => ReadOnlyMemory<byte>.Empty;

    /// <summary>Serves until stopped, then waits for the connections in hand; idle ones are closed by the handler seeing the token.</summary>
    public async Task RunAsync(Socket listener, Func<IpcConnection, CancellationToken, Task> handler, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException e)
            {
                // Out of descriptors or memory: connections that end make room again.
                _log.Warning($"accept on {_protocol}: {e.Message}");
                await Task.Delay(AcceptRetryDelay, TimeProvider.System, CancellationToken.None);
                continue;
            }

            Start(socket, handler, stopping);
        }

        Task[] rest;
        lock (_sessions)
        {
            rest = [.. _sessions];
        }

        await Task.WhenAll(rest);
    }

    private void Start(Socket socket, Func<IpcConnection, CancellationToken, Task> handler, CancellationToken stopping)
    {
        var session = ServeAsync(socket, handler, stopping);
        lock (_sessions)
        {
            if (session.IsCompleted)
            {
                return;
            }

            _sessions.Add(session);
        }

        session.ContinueWith(
            done =>
            {
                lock (_sessions)
                {
                    _sessions.Remove(done);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket, Func<IpcConnection, CancellationToken, Task> handler, CancellationToken stopping)
    {
        await using var connection = new IpcConnection(socket) { Peer = _protocol + " client" };
        try
        {
            if (!_isTrustedUser(PeerUser(socket)))
            {
                _log.Warning($"{_protocol}: connection from an untrusted user refused");
                return;
            }

            await IpcHandshake.AcceptAsync(connection, _protocol, Greeting(), stopping);
            await handler(connection, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopping: an idle client finds the connection closed and connects to the next process.
        }
        catch (IOException e)
        {
            _log.Warning($"{_protocol}: {e.Message}");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // One top of a service loop, as STYLE says: the connection ends, the client defers, the process goes on.
            _log.Error($"{_protocol}: {e}");
        }
    }

    // SO_PEERCRED: struct ucred { pid, uid, gid }.
    private static uint PeerUser(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        const int SolSocket = 1;
        const int SoPeerCred = 17;
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return BitConverter.ToUInt32(credentials[4..8]);
    }
}
