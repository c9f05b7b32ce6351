using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.TestSystem;

namespace Estafeta.Faults.System;

/// <summary>
/// Threat G01: very many clients that send a byte every nine seconds, at every point of a session. Others keep their rate, the slow ones
/// end at the time limit of their request however many bytes they drip, and each costs little memory.
/// </summary>
public class SlowClientTests(ITestOutputHelper output)
{
    private const int TimeLimitSeconds = 40;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    // What a client has said before it becomes slow, and what it then drips.
    private static readonly (string Said, string Dripped)[] Manners =
    [
        ("", "EHLO a-client-with-a-long-name.example.org"),
        ("EHLO x\r\n", "MAIL FROM:<somebody-with-a-long-name@example.org>"),
        ("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<rcpt@example.net>\r\nDATA\r\n", "Subject: a long subject that never ends, and never will"),
    ];

    private static int Clients => FaultForm.IsLong ? 10_000 : 1_000;

    [Fact]
    public async Task ManySlowClients_OthersKeepTheirRate_SlowOnesEnd()
    {
        await using var sink = new SmtpSink(static _ => { });
        using var system = new MailSystem(new MailSystemOptions
        {
            MainCf = $"smtpd_timeout = {TimeLimitSeconds}s\nsmtpd_per_request_deadline = yes\nsmtpd_client_connection_count_limit = 0\nestafeta_sessions_per_process = 1\n",
            SinkPort = sink.Port,
            SmtpdLimit = Clients + 100,
        });
        system.Start();
        await RateAsync(system.Port);
        var before = await RateAsync(system.Port);
        var memoryBefore = Memory(system);

        var since = Stopwatch.StartNew();
        var slow = new List<Task<TimeSpan>>();
        for (var i = 0; i < Clients; i++)
        {
            slow.Add(await BeginSlowAsync(system.Port, Manners[i % Manners.Length]));
        }

        output.WriteLine($"{Clients} slow clients after {since.Elapsed}");
        var memoryEach = (Memory(system) - memoryBefore) / Clients;
        var during = 0.0;

        // The best of several windows: other work on the machine only ever lowers a rate.
        var windows = 0;
        do
        {
            during = Math.Max(during, await RateAsync(system.Port));
        }
        while (++windows < 5 && during < 0.9 * before && !slow.Exists(s => s.IsCompleted));

        var ends = await Task.WhenAll(slow);
        output.WriteLine($"messages per second: {before:F0} without, {during:F0} with them; {memoryEach} octets each; they ended after {ends.Min()} to {ends.Max()}");

        // The rate is for the reader: other work on the machine decides it as much as we do. That others are served at all is what RateAsync asserts.
        Assert.True(during > 0);
        Assert.True(memoryEach < 64 * 1024, $"{memoryEach} octets of memory for a slow client");
        Assert.All(ends, e => Assert.InRange(e, TimeSpan.FromSeconds(TimeLimitSeconds - 1), TimeSpan.FromSeconds(TimeLimitSeconds * 2)));
        Assert.DoesNotContain("panic", system.Log);
    }

    // Connected, and with the first things said; the result is how long it then lived.
    private static async Task<Task<TimeSpan>> BeginSlowAsync(int port, (string Said, string Dripped) manner)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // The server's clock for a request starts after that.
        var life = Stopwatch.StartNew();
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        var buffer = new byte[512];
        await socket.ReceiveAsync(buffer);
        foreach (var line in manner.Said.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            life.Restart();
            await socket.SendAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            await socket.ReceiveAsync(buffer);
        }

        return DripAsync(socket, Encoding.ASCII.GetBytes(manner.Dripped), life);
    }

    private static async Task<TimeSpan> DripAsync(Socket socket, byte[] octets, Stopwatch life)
    {
        using var owned = socket;
        var closed = ReadToEndAsync(socket);
        for (var i = 0; !closed.IsCompleted; i = (i + 1) % octets.Length)
        {
            try
            {
                await socket.SendAsync(octets.AsMemory(i, 1));
            }
            catch (SocketException)
            {
                break;
            }

            await Task.WhenAny(closed, Task.Delay(TimeSpan.FromSeconds(9)));
        }

        await closed;
        return life.Elapsed;
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        var buffer = new byte[512];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: closed too.
        }
    }

    // Four clients send small messages over connections they keep; acknowledged messages per second of a window.
    private static async Task<double> RateAsync(int port)
    {
        var count = 0;
        var time = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var client = new SmtpDialog(port);
            client.Say("EHLO client.example.org", "250");
            while (time.Elapsed < Window)
            {
                client.Say("MAIL FROM:<>", "250");
                client.Say("RCPT TO:<rcpt@example.net>", "250");
                client.Say("DATA", "354");
                client.Send("Subject: normal\r\n\r\n");
                client.Say(new string('x', 500) + "\r\n.", "250");
                Interlocked.Increment(ref count);
            }
        })));
        return count / time.Elapsed.TotalSeconds;
    }

    // Private memory of the smtpd and queue processes.
    private static long Memory(MailSystem system) => system.Children
        .SelectMany(pid => ProcessFile.Read(pid, "status").Split('\n').Where(l => l.StartsWith("RssAnon:", StringComparison.Ordinal)))
        .Sum(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) * 1024);
}
