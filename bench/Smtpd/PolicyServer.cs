using System.Net;
using System.Net.Sockets;

namespace Estafeta.Bench.Smtpd;

/// <summary>A policy service that has no opinion.</summary>
internal sealed class PolicyServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _running;

    public PolicyServer()
    {
        _listener.Start(500);
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await Task.WhenAll(_sessions);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                _sessions.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The benchmark is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        socket.NoDelay = true;
        var buffer = new byte[8192];
        var length = 0;
        var answer = "action=DUNNO\n\n"u8.ToArray();
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(length), _stopping.Token) is > 0 and var count)
            {
                length += count;
                if (buffer.AsSpan(0, length).EndsWith("\n\n"u8))
                {
                    length = 0;
                    await socket.SendAsync(answer, _stopping.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The server, or the benchmark, is over.
        }
    }
}
