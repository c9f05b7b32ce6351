using System.Net.Sockets;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Hosting;

/// <summary>
/// Accepts the connections of a service and runs a session for each, as many at once as the process limit of its master.cf entry times
/// estafeta_sessions_per_process. At the limit further clients wait in the kernel's queue, master is told, and sessions that start
/// within a thousand seconds get the stress settings (STRESS_README).
/// </summary>
public sealed class SessionServer
{
    private static readonly TimeSpan StressDuration = TimeSpan.FromSeconds(1000);
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromSeconds(1);
    private readonly ServiceContext _context;
    private readonly SemaphoreSlim? _slots;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;
    private long _stressedAt = long.MinValue;

    public SessionServer(ServiceContext context)
    {
        _context = context;
        var limit = context.ProcessLimit * context.Parameters.Get(Parameters.EstafetaSessionsPerProcess);
        _slots = limit > 0 ? new SemaphoreSlim(limit) : null;
    }

    private bool IsStressed =>
        Volatile.Read(ref _stressedAt) is var at && at != long.MinValue && _context.Time.GetElapsedTime(at) < StressDuration;

    /// <summary>
    /// Serves until stopped, then waits for the sessions in hand. An exception of a session is logged and ends that session only.
    /// </summary>
    public async Task RunAsync(Func<SessionStart, Task> serve, CancellationToken stopping)
    {
        var loops = new List<Task>(_context.Listeners.Count);
        foreach (var listener in _context.Listeners)
        {
            loops.Add(AcceptLoopAsync(listener.Socket, serve, stopping));
        }

        await Task.WhenAll(loops);
        Leave();
        await _drained.Task;
    }

    private async Task AcceptLoopAsync(Socket listener, Func<SessionStart, Task> serve, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                await WaitForRoomAsync(stopping);
                socket = await listener.AcceptAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e) when (IsPeersFault(e))
            {
                continue;
            }
            catch (SocketException e)
            {
                // Out of descriptors or memory: sessions that end make room again.
                _context.Log.Warning($"accept connection: {e.Message}");
                await Task.Delay(AcceptRetryDelay, _context.Time, CancellationToken.None);
                continue;
            }

            // Accepted is accepted: this one is served even when the stop comes while it waits for its turn.
            if (_slots != null && !_slots.Wait(0, CancellationToken.None))
            {
                Volatile.Write(ref _stressedAt, _context.Time.GetTimestamp());
                _context.ReportBusy();
                await _slots.WaitAsync(CancellationToken.None);
            }

            Start(socket, serve);
        }
    }

    // At the limit clients are left to the other processes of the service (estafeta_processes_per_service), or wait in the kernel's queue.
    private async ValueTask WaitForRoomAsync(CancellationToken stopping)
    {
        if (_slots is { CurrentCount: 0 })
        {
            Volatile.Write(ref _stressedAt, _context.Time.GetTimestamp());
            _context.ReportBusy();
            await _slots.WaitAsync(stopping);
            _slots.Release();
        }
    }

    // The client went away between the kernel's handshake and our accept.
    private static bool IsPeersFault(SocketException e) =>
        e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.NetworkDown;

    private void Start(Socket socket, Func<SessionStart, Task> serve)
    {
        Interlocked.Increment(ref _open);
        _context.Activity.Begin();

        // Runs here until it waits for its client for the first time: handing it to another thread would cost more than that.
        _ = ServeAsync(new SessionStart(socket, IsStressed, _context.Closing), serve);
    }

    private async Task ServeAsync(SessionStart start, Func<SessionStart, Task> serve)
    {
        try
        {
            await serve(start);
        }
        catch (OperationCanceledException) when (_context.Closing.IsCancellationRequested)
        {
            // The session had nothing more to say.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The top of every session: our own fault costs this session, never the process.
            _context.Log.Error($"session failed: {e}");
        }
        finally
        {
            start.Socket.Dispose();
            _slots?.Release();
            _context.Activity.End();
            Leave();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _drained.SetResult();
        }
    }
}
