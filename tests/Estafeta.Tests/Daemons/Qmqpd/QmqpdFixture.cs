using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Qmqpd;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Tests.Daemons.Qmqpd;

/// <summary>A QMQP server on a loopback port with a cleanup service that only listens.</summary>
internal sealed class QmqpdFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly QmqpdDaemon _qmqpd;
    private readonly Task _daemon;

    public QmqpdFixture(string mainCf = "", TimeProvider? time = null)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        var context = new ServiceContext
        {
            ServiceName = "628",
            ServiceType = "inet",
            Parameters = ParameterSet.Parse(
                $"""
                compatibility_level = 3.12
                myhostname = mail.example.test
                qmqpd_authorized_clients = 127.0.0.0/8
                qmqpd_error_delay = 0
                {mainCf}
                """),
            Listeners = [new ListeningSocket(_listener)],
            Log = Log,
            Time = time ?? TimeProvider.System,
        };
        _qmqpd = new QmqpdDaemon(context, Cleanup);
        _daemon = _qmqpd.RunAsync(context, _stopping.Token);
    }

    public FakeCleanup Cleanup { get; } = new();

    public MemoryMailLog Log { get; } = new();

    public static string Netstring(string text) => $"{Encoding.UTF8.GetByteCount(text)}:{text},";

    /// <summary>A whole message: content, sender, recipients.</summary>
    public static string Message(params string[] parts) => Netstring(string.Concat(parts.Select(Netstring)));

    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_listener.LocalEndPoint!);
        return socket;
    }

    /// <summary>Sends, says that there is no more, and returns the answer; one that came before all was sent, too.</summary>
    public async Task<string> TalkAsync(params byte[][] pieces)
    {
        using var socket = Connect();
        socket.NoDelay = true;
        foreach (var piece in pieces)
        {
            await socket.SendAsync(piece);
        }

        socket.Shutdown(SocketShutdown.Send);
        return await ReadAsync(socket);
    }

    public Task<string> TalkAsync(string text) => TalkAsync(Encoding.UTF8.GetBytes(text));

    public static async Task<string> ReadAsync(Socket socket)
    {
        var answer = new StringBuilder();
        var buffer = new byte[1024];
        int got;
        try
        {
            while ((got = await socket.ReceiveAsync(buffer)) > 0)
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, got));
            }
        }
        catch (SocketException)
        {
            // It closed without reading everything, as the protocol has it.
        }

        return answer.ToString();
    }

    /// <summary>Waits for sessions to end, then returns the log.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stopping.CancelAsync();
        await _daemon;
        return Log.Lines;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _qmqpd.DisposeAsync();
        _listener.Dispose();
        _stopping.Dispose();
    }
}
