using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Qmqpd;
using Estafeta.Services.Hosting;

namespace Estafeta.Tests.Daemons.Qmqpd;

/// <summary>A QMQP server on a loopback port with a cleanup service that only listens.</summary>
internal sealed class QmqpdFixture : DaemonFixture
{
    public QmqpdFixture(string mainCf = "", TimeProvider? time = null)
    {
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
            Listeners = [Listener],
            Log = Log,
            Time = time ?? TimeProvider.System,
        };
        Run(new QmqpdDaemon(context, Cleanup), context);
    }

    public static string Netstring(string text) => $"{Encoding.UTF8.GetByteCount(text)}:{text},";

    /// <summary>A whole message: content, sender, recipients.</summary>
    public static string Message(params string[] parts) => Netstring(string.Concat(parts.Select(Netstring)));

    /// <summary>Sends, says that there is no more, and returns the answer; one that came before all was sent, too.</summary>
    public async Task<string> TalkAsync(params byte[][] pieces)
    {
        using var socket = ConnectSocket();
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
}
