using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Estafeta.Tests.Net.Https;

/// <summary>An HTTPS server that gives every connection the same octets, whatever is asked; the requests are recorded with their content.</summary>
internal sealed class ScriptedHttpsServer : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _reached = new();
    private readonly Task _running;

    public ScriptedHttpsServer(string pemFile, IPEndPoint? at = null)
    {
        _certificate = X509Certificate2.CreateFromPemFile(pemFile, pemFile);
        _listener.Bind(at ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(10);
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Answer { get; set; } = Page("");

    /// <summary>The connection ends without a word (close_notify).</summary>
    public bool CutsOff { get; set; }

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Completes when the first client has connected.</summary>
    public Task Reached => _reached.Task;

    public static string Page(string content, string type = "text/plain", string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.Latin1.GetByteCount(content)}\r\n\r\n{content}";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopping.Dispose();
        _certificate.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptAsync(_stopping.Token);
                _reached.TrySetResult();
                await using var tls = new SslStream(new NetworkStream(socket));
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stopping.Token);
                Requests.Enqueue(await ReadAsync(tls));
                await tls.WriteAsync(Encoding.Latin1.GetBytes(Answer), _stopping.Token);
                if (!CutsOff)
                {
                    await tls.ShutdownAsync();
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or AuthenticationException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task<string> ReadAsync(SslStream tls)
    {
        var text = "";
        var buffer = new byte[4096];
        while (true)
        {
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = head < 0 ? 0 : Length(text[..head]);
            var got = head >= 0 && text.Length >= head + 4 + length ? 0 : await tls.ReadAsync(buffer, _stopping.Token);
            if (got == 0)
            {
                return text;
            }

            text += Encoding.Latin1.GetString(buffer, 0, got);
        }
    }

    private static int Length(string head) =>
        head.Split("\r\n").Where(l => l.StartsWith("Content-Length: ", StringComparison.Ordinal)).Select(l => int.Parse(l[16..], null)).FirstOrDefault();
}
