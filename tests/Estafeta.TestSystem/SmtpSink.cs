using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.TestSystem;

/// <summary>A next hop that takes everything, unless it is closed, and hands each message to the ledger before it answers 250.</summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Action<string> _received;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;

    public SmtpSink(Action<string> received)
    {
        _received = received;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Takes nothing while set: the sender keeps its mail.</summary>
    public bool IsClosed { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _sessions.Add(ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await SayAsync(stream, IsClosed ? "421 4.3.2 closed" : "220 sink ESMTP");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                switch (line.Split(' ')[0].ToUpperInvariant())
                {
                    case "MAIL" when IsClosed:
                        await SayAsync(stream, "421 4.3.2 closed");
                        return;
                    case "EHLO":
                        await SayAsync(stream, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME");
                        break;
                    case "DATA":
                        await SayAsync(stream, "354 go on");
                        _received(await ReadContentAsync(reader));
                        await SayAsync(stream, "250 2.0.0 Ok");
                        break;
                    case "QUIT":
                        await SayAsync(stream, "221 bye");
                        return;
                    default:
                        await SayAsync(stream, "250 2.0.0 Ok");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client was killed, or the test is over: what was not answered was not received.
        }
    }

    private async Task<string> ReadContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line == ".")
            {
                return content.ToString();
            }

            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        throw new IOException("the client left within the content");
    }

    private async Task SayAsync(NetworkStream stream, string text) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), _stop.Token);
}
