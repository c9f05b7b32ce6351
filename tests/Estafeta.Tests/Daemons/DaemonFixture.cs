using System.Net;
using System.Net.Sockets;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Tests.Daemons;

/// <summary>A daemon that receives mail, on a loopback port, with a cleanup service that only listens.</summary>
internal abstract class DaemonFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private IAsyncDisposable? _daemon;
    private Task _running = Task.CompletedTask;

    protected DaemonFixture()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public FakeCleanup Cleanup { get; } = new();

    public MemoryMailLog Log { get; } = new();

    protected IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    protected ListeningSocket Listener => new(_listener);

    /// <summary>A plain socket to the server.</summary>
    public Socket ConnectSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(EndPoint);
        return socket;
    }

    /// <summary>Waits for sessions to end, then returns the log.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        return Log.Lines;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_daemon != null)
        {
            await _daemon.DisposeAsync();
        }

        _listener.Dispose();
        _stopping.Dispose();
    }

    protected void Run<T>(T daemon, ServiceContext context)
        where T : IDaemon, IAsyncDisposable
    {
        _daemon = daemon;
        _running = daemon.RunAsync(context, _stopping.Token);
    }
}
