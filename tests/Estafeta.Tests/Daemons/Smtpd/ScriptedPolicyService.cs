using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>A policy service with scripted answers: null hangs.</summary>
internal sealed class ScriptedPolicyService : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Socket> _open = [];
    private readonly Func<IReadOnlyList<string>, string?> _answer;
    private readonly Task _running;
    private int _connections;

    /// <param name="answer">To the lines of a request.</param>
    /// <param name="path">Of a UNIX socket that everybody may connect to; null for a port.</param>
    public ScriptedPolicyService(Func<IReadOnlyList<string>, string?> answer, string? path = null)
    {
        _answer = answer;
        System.Net.EndPoint address = path == null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(path);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(address);
        if (path != null)
        {
            File.SetUnixFileMode(path, (UnixFileMode)0x1b6); // 0666: Postfix connects as its own user
        }

        _listener.Listen(200);
        _running = AcceptAsync();
        EndPoint = path == null ? "inet:127.0.0.1:" + ((IPEndPoint)_listener.LocalEndPoint!).Port : "unix:" + path;
    }

    /// <summary>As check_policy_service wants it.</summary>
    public string EndPoint { get; }

    public List<List<string>> Requests { get; } = [];

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>After an answer.</summary>
    public bool HangsUp { get; init; }

    public void DropAll()
    {
        lock (_open)
        {
            _open.ForEach(static s => s.Dispose());
            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        DropAll();
        await _running;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                lock (_open)
                {
                    _open.Add(socket);
                }

                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var request = new List<string>();
            while (await reader.ReadLineAsync(_stopping.Token) is { } line)
            {
                if (line.Length > 0)
                {
                    request.Add(line);
                    continue;
                }

                lock (Requests)
                {
                    Requests.Add(request);
                }

                if (_answer(request) is { } answer)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stopping.Token);
                    if (HangsUp)
                    {
                        return;
                    }
                }

                request = [];
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The test is over, or dropped the connection.
        }
    }
}
