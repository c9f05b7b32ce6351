using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Tests.Net.OAuth;

/// <summary>An authorization server on loopback that answers what the test wants, request by request; the last answer stays.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentQueue<(int Status, string Body)> _answers = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Task _serving;

    public IdentityProvider(params (int Status, string Body)[] answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }

        (_listener, Url) = Listen();
        _serving = ServeAsync();
    }

    public string Url { get; }

    /// <summary>Retry-After of every answer; null for none.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>Called ahead of every answer.</summary>
    public Action OnRequest { get; set; } = static () => { };

    /// <summary>Path, authorization and body of each request.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public async ValueTask DisposeAsync()
    {
        // Not Stop and then Dispose: the second of them binds the port once more to let it go, and somebody else may have it by then.
        _listener.Close();
        await _serving;
    }

    private static (HttpListener Listener, string Url) Listen()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add(url);
            try
            {
                listener.Start();
                return (listener, url + "token");
            }
            catch (HttpListenerException)
            {
                // Somebody took the port in between.
            }
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                _requests.Enqueue($"{context.Request.Url!.AbsolutePath} {context.Request.Headers["Authorization"]} {await reader.ReadToEndAsync()}");
                OnRequest();
                var answer = _answers.Count > 1 && _answers.TryDequeue(out var next) ? next : _answers.TryPeek(out var last) ? last : (500, "");
                context.Response.StatusCode = answer.Item1;
                context.Response.ContentType = "application/json";
                if (RetryAfter != null)
                {
                    context.Response.Headers["Retry-After"] = RetryAfter;
                }

                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Item2));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException || (!_listener.IsListening && e is HttpListenerException or InvalidOperationException))
        {
            // Stopped.
        }
    }
}
