using System.Net.Sockets;
using System.Text;

namespace Estafeta.TestSystem;

/// <summary>Sends messages of the ledger one after the other until stopped; a lost connection is made again and nothing is promised.</summary>
public sealed class LedgerSender(MessageLedger ledger, int port, int seed)
{
    /// <summary>Whatever goes wrong on the way is the point of the test, so it is not reported.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                while (ledger.IsFarAhead)
                {
                    await Task.Delay(20, stop);
                }

                using var client = new TcpClient { ReceiveTimeout = 10_000 };
                await client.ConnectAsync("127.0.0.1", port, stop);
                await SendAllAsync(client.GetStream(), random, stop);
            }
            catch (Exception e) when (e is IOException or SocketException or UnexpectedReplyException or OperationCanceledException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    private async Task SendAllAsync(NetworkStream stream, Random random, CancellationToken stop)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await ExpectAsync(reader, "220");
        await AskAsync(stream, reader, "HELO tester.example.test", "250");
        for (var i = 0; i < 10 && !stop.IsCancellationRequested; i++)
        {
            var (number, text) = ledger.NewMessage(random);
            await AskAsync(stream, reader, "MAIL FROM:<sender@example.test>", "250");
            await AskAsync(stream, reader, "RCPT TO:<rcpt@example.org>", "250");
            await AskAsync(stream, reader, "DATA", "354");
            await AskAsync(stream, reader, text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".", "250");
            ledger.Promise(number);
        }

        await AskAsync(stream, reader, "QUIT", "221");
    }

    private static async Task AskAsync(NetworkStream stream, StreamReader reader, string line, string code)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
        await ExpectAsync(reader, code);
    }

    private static async Task ExpectAsync(StreamReader reader, string code)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var line = await reader.ReadLineAsync(limit.Token);
        if (line == null || !line.StartsWith(code, StringComparison.Ordinal))
        {
            throw new IOException($"expected {code}, got {line}");
        }
    }
}
