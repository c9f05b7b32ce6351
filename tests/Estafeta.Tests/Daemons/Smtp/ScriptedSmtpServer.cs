using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>
/// An SMTP or LMTP server that answers as it is told. The script maps a verb (GREET, EHLO, MAIL, RCPT, DATA, EOD, QUIT…) to its replies, used in
/// turn, the last one for ever. A reply's lines are separated by "\n". Special replies: CLOSE, RST, HANG; "text+CLOSE" answers, then closes.
/// Records every line received, content prefixed with "D:".
/// </summary>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    public const string DefaultEhlo = "250-mx.test\n250-PIPELINING\n250-SIZE 10240000\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250 SMTPUTF8";

    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["GREET"] = "220 mx.test ESMTP",
        ["EHLO"] = DefaultEhlo,
        ["LHLO"] = "250-mx.test\n250-PIPELINING\n250 8BITMIME",
        ["HELO"] = "250 mx.test",
        ["MAIL"] = "250 2.1.0 Ok",
        ["RCPT"] = "250 2.1.5 Ok",
        ["DATA"] = "354 go",
        ["EOD"] = "250 2.0.0 Ok: queued as ABC",
        ["RSET"] = "250 2.0.0 Ok",
        ["QUIT"] = "221 2.0.0 Bye",
        ["XFORWARD"] = "250 2.0.0 Ok",
    };

    private readonly Dictionary<string, string[]> _script = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _turns = new();
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _sessions = [];
    private readonly Task _accepting;

    public ScriptedSmtpServer(string address = "127.0.0.1", int port = 0, bool isLmtp = false, string? socketPath = null)
    {
        IsLmtp = isLmtp;
        EndPoint endPoint = socketPath == null ? new IPEndPoint(IPAddress.Parse(address), port) : new UnixDomainSocketEndPoint(socketPath);
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(endPoint);
        _listener.Listen(100);
        Port = (_listener.LocalEndPoint as IPEndPoint)?.Port ?? 0;
        _accepting = AcceptAsync();
    }

    public bool IsLmtp { get; }

    /// <summary>TLS from the first octet.</summary>
    public bool IsWrapped { get; init; }

    public X509Certificate2? Certificate { get; set; }

    public int Port { get; }

    public ConcurrentQueue<string> Transcript { get; } = new();

    /// <summary>Commands only, joined: for short assertions.</summary>
    public string Commands => string.Join('\n', Transcript.Where(line => !line.StartsWith("D:", StringComparison.Ordinal) && !line.StartsWith("--", StringComparison.Ordinal)));

    public int Connections => Transcript.Count(line => line == "--connect");

    /// <summary>Octets of the content between DATA and the final dot, as they were on the wire.</summary>
    public string Content => string.Concat(Transcript.Where(line => line.StartsWith("D:", StringComparison.Ordinal)).Select(line => line[2..]));

    public ScriptedSmtpServer On(string verb, params string[] replies)
    {
        _script[verb] = replies;
        return this;
    }

    /// <summary>Completes when every client so far has gone; then the transcript is whole.</summary>
    public Task ClientsGoneAsync()
    {
        lock (_sessions)
        {
            return Task.WhenAll(_sessions.ToArray());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] sessions;
        lock (_sessions)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions);
        _stopping.Dispose();
    }

    private string NextReply(string verb)
    {
        if (!_script.TryGetValue(verb, out var replies))
        {
            return Defaults.GetValueOrDefault(verb, "502 5.5.2 unknown");
        }

        var turn = _turns.AddOrUpdate(verb, 0, (_, n) => n + 1);
        return replies[Math.Min(turn, replies.Length - 1)];
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                lock (_sessions)
                {
                    _sessions.Add(ServeAsync(socket));
                }
            }
        }
        catch (Exception e) when (_stopping.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        Transcript.Enqueue("--connect");
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.NoDelay = true;
            }

            await using Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (IsWrapped)
            {
                await using var tls = await ShakeHandsAsync(stream);
                await ConverseAsync(socket, tls, "GREET");
            }
            else
            {
                await ConverseAsync(socket, stream, "GREET");
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException or AuthenticationException)
        {
            Transcript.Enqueue("--error");
        }
    }

    private async Task ConverseAsync(Socket socket, Stream stream, string? greeting)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, false, 65536);
        if (greeting != null && !await ReplyAsync(socket, stream, NextReply(greeting)))
        {
            return;
        }

        var recipients = 0;
        while (await ReadLineAsync(reader) is { } line)
        {
            Transcript.Enqueue(line);
            var verb = line.Split(' ')[0].Split(':')[0].ToUpperInvariant();
            var reply = NextReply(verb);
            recipients += verb == "RCPT" && reply.StartsWith('2') ? 1 : 0;
            if (!await ReplyAsync(socket, stream, reply) || verb == "QUIT")
            {
                return;
            }

            if (verb == "STARTTLS" && reply.StartsWith('2'))
            {
                await using var tls = await ShakeHandsAsync(stream);
                await ConverseAsync(socket, tls, null);
                return;
            }

            if (verb == "DATA" && reply.StartsWith('3') && !await TakeContentAsync(socket, stream, reader, recipients))
            {
                return;
            }

            recipients = verb is "DATA" or "RSET" ? 0 : recipients;
        }

        Transcript.Enqueue("--eof");
    }

    private async Task<SslStream> ShakeHandsAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                Transcript.Enqueue("--sni " + name);
                return Certificate!; // a script with STARTTLS sets one
            },
        };
        await tls.AuthenticateAsServerAsync(options, _stopping.Token);
        Transcript.Enqueue("--tls");
        return tls;
    }

    private async Task<bool> TakeContentAsync(Socket socket, Stream stream, StreamReader reader, int recipients)
    {
        while (true)
        {
            var line = await ReadLineAsync(reader, keepEnd: true);
            if (line == null)
            {
                Transcript.Enqueue("--eof in data");
                return false;
            }

            if (line == ".\r\n")
            {
                break;
            }

            Transcript.Enqueue("D:" + line);
        }

        Transcript.Enqueue(".");
        for (var i = 0; i < (IsLmtp ? recipients : 1); i++)
        {
            if (!await ReplyAsync(socket, stream, NextReply("EOD")))
            {
                return false;
            }
        }

        return true;
    }

    // Not StreamReader.ReadLine: only LF ends a line here, and what came before it is kept to the octet.
    private async Task<string?> ReadLineAsync(StreamReader reader, bool keepEnd = false)
    {
        var line = new StringBuilder();
        var one = new char[1];
        while (await reader.ReadAsync(one.AsMemory(), _stopping.Token) > 0)
        {
            line.Append(one[0]);
            if (one[0] == '\n')
            {
                return keepEnd ? line.ToString()
                    : line.Length > 1 && line[^2] == '\r' ? line.ToString(0, line.Length - 2)
                    : line.ToString(0, line.Length - 1) + "<BARE LF>";
            }
        }

        return line.Length > 0 ? line + "<EOF>" : null;
    }

    private async Task<bool> ReplyAsync(Socket socket, Stream stream, string reply)
    {
        switch (reply)
        {
            case "CLOSE":
                return false;
            case "RST":
                socket.LingerState = new LingerOption(true, 0);
                return false;
            case "HANG":
                await Task.Delay(Timeout.Infinite, _stopping.Token);
                return false;
        }

        var closes = reply.EndsWith("+CLOSE", StringComparison.Ordinal);
        var text = closes ? reply[..^6] : reply;
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"), _stopping.Token);
        return !closes;
    }
}
