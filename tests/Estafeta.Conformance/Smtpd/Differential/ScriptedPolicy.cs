using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>A policy service on a UNIX socket whose answer depends on nothing but the request; it remembers what it was asked.</summary>
internal sealed class ScriptedPolicy : IAsyncDisposable
{
    private static readonly string[] Answers =
    [
        "DUNNO", "OK", "REJECT policy says no", "DEFER_IF_PERMIT greylisted", "DEFER_IF_REJECT maybe", "PREPEND X-Policy: seen", "450 4.7.1 slow down", "strict", "INFO noted", "HOLD",
        "550 5.7.1 never", "nosuchword", "DUNNO trailing", "WARN warned", "check_client_access inline:{x=y}", "DEFER",
    ];

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private readonly string _path;

    public ScriptedPolicy(string path)
    {
        _path = path;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, (UnixFileMode)0x1b6); // 0666: Postfix connects as its own user
        _listener.Listen(200);
        _running = AcceptAsync();
    }

    public string EndPoint => "unix:" + _path;

    /// <summary>Requests by policy_context and then in order, without what differs from run to run.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopping.Dispose();
        File.Delete(_path);
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync(_stopping.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var request = new List<string>();
        try
        {
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                if (line.Length > 0)
                {
                    request.Add(line);
                    continue;
                }

                Requests.Enqueue(string.Join('\n', request));
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"action={Answers[Choose(request)]}\n\n"), _stopping.Token);
                request.Clear();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over, or the server went away.
        }
    }

    // FNV-1a: string.GetHashCode is another one in each process.
    private static int Choose(List<string> request)
    {
        var hash = 2166136261u;
        foreach (var line in request.Where(static l => l.StartsWith("sender=", StringComparison.Ordinal) || l.StartsWith("recipient=", StringComparison.Ordinal) || l.StartsWith("protocol_state=", StringComparison.Ordinal)))
        {
            foreach (var c in line)
            {
                hash = (hash ^ c) * 16777619u;
            }
        }

        return (int)(hash % (uint)Answers.Length);
    }
}
