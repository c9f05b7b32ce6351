using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Tests.Net.Https;

/// <summary>An HTTP proxy that gives every CONNECT the same answer and then joins it to one port of loopback, whatever was asked for.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public ConnectProxy(int target, string answer)
    {
        _listener.Start();
        _running = RunAsync(target, answer);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(int target, string answer)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var wire = client.GetStream();
                Requests.Enqueue(await ReadAsync(wire));
                await wire.WriteAsync(Encoding.ASCII.GetBytes(answer), _stopping.Token);
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, target, _stopping.Token);
                await Task.WhenAny(wire.CopyToAsync(server.GetStream(), _stopping.Token), server.GetStream().CopyToAsync(wire, _stopping.Token));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task<string> ReadAsync(NetworkStream wire)
    {
        var text = "";
        var buffer = new byte[4096];
        while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var got = await wire.ReadAsync(buffer, _stopping.Token);
            text += Encoding.Latin1.GetString(buffer, 0, got > 0 ? got : throw new EndOfStreamException());
        }

        return text;
    }
}
