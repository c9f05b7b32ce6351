using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Estafeta.Interop.Filters;
using Estafeta.TestSystem;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Interop.Policy;

/// <summary>Policy services that people run: postgrey and the SPF policy agent, from Debian's packages.</summary>
public sealed class PolicyPeerTests : IDisposable
{
    private const string Postgrey = "/usr/sbin/postgrey";
    private const string SpfAgent = "/usr/bin/policyd-spf";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta-policy");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Postgrey_DefersAStranger_AndTakesItLater()
    {
        Assert.SkipUnless(File.Exists(Postgrey), "postgrey is not installed (apt-get install postgrey)");
        Assert.SkipUnless(Environment.UserName == "root", "postgrey wants to change its user");
        var port = FreePort.Take();
        using var postgrey = Start(Postgrey, $"--inet=127.0.0.1:{port}", "--dbdir=" + _directory.FullName, "--delay=1", "--user=root", "--group=root");
        try
        {
            await WaitForAsync(port);
            await using var server = new SmtpdFixture(
                $"smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{port}\nsmtpd_authorized_xclient_hosts = 127.0.0.1");
            var first = await AskAsync(server);
            Assert.Matches("^450 4\\.2\\.0 <x@relay\\.example>: Recipient address rejected: Greylisted, ", first);

            // Its delay of a second is real time.
            var reply = first;
            for (var attempt = 0; attempt < 240 && reply[0] == '4'; attempt++)
            {
                await Task.Delay(250, TestContext.Current.CancellationToken);
                reply = await AskAsync(server);
            }

            Assert.Equal("250 2.1.5 Ok", reply);
        }
        finally
        {
            postgrey.Kill(entireProcessTree: true);
            await postgrey.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task SpfAgent_SpawnedForEachConnection_AddsItsHeader()
    {
        Assert.SkipUnless(File.Exists(SpfAgent), "policyd-spf is not installed (apt-get install postfix-policyd-spf-python)");
        using var stopping = new CancellationTokenSource();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(_directory.FullName, "spf");
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var spawning = SpawnAsync(listener, stopping.Token);
        await using (var server = new SmtpdFixture($"smtpd_recipient_restrictions = check_policy_service {{ unix:{path}, timeout=60s }}"))
        {
            using var client = await server.ConnectAsync();
            await client.CommandAsync("EHLO h.example");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<x@relay.example>"));
            await client.CommandAsync("DATA");
            await client.SendAsync("Subject: s\r\n\r\nx\r\n.\r\n");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);

            // This machine itself is not checked (skip_addresses), and the agent says so.
            Assert.StartsWith("X-Comment: SPF skipped", Assert.Single(server.Cleanup.Committed).Text.Replace("SPF check N/A", "SPF skipped", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        await stopping.CancelAsync();
        await spawning;
    }

    [Fact]
    public Task SpfAgent_JudgesByTheRecordsOfTheSender() => OwnNetwork.RunAsync(typeof(PolicyPeerTests), async () =>
    {
        Assert.SkipUnless(File.Exists(SpfAgent), "not installed: policyd-spf (apt-get install postfix-policyd-spf-python)");
        await using var names = new StubDnsServer(53)
            .Text("pass.example", "v=spf1 ip4:192.0.2.0/24 -all")
            .Text("fail.example", "v=spf1 ip4:198.51.100.0/24 -all")
            .Text("soft.example", "v=spf1 ~all");
        using var stopping = new CancellationTokenSource();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(_directory.FullName, "spf");
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var spawning = SpawnAsync(listener, stopping.Token);
        await using (var server = new SmtpdFixture(
            $"smtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_recipient_restrictions = check_policy_service {{ unix:{path}, timeout=60s }}"))
        {
            using var client = await server.ConnectAsync();
            await client.CommandAsync("XCLIENT NAME=stranger.example ADDR=192.0.2.77");
            await client.CommandAsync("EHLO stranger.example");
            Assert.StartsWith("550 5.7.23 <x@relay.example>: Recipient address rejected: Message rejected due to: SPF fail", await TryAsync(client, "a@fail.example"), StringComparison.Ordinal);
            foreach (var (domain, verdict) in new[] { ("pass", "Pass"), ("soft", "Softfail"), ("none", "None") })
            {
                Assert.Equal("250 2.1.5 Ok", await TryAsync(client, $"a@{domain}.example"));
                await client.CommandAsync("DATA");
                await client.SendAsync("Subject: s\r\n\r\nx\r\n.\r\n");
                Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
                Assert.StartsWith($"Received-SPF: {verdict} ", server.Cleanup.Committed[^1].Text, StringComparison.Ordinal);
            }
        }

        await stopping.CancelAsync();
        await spawning;

        static async Task<string> TryAsync(SmtpdClient client, string sender)
        {
            await client.CommandAsync("RSET");
            await client.CommandAsync($"MAIL FROM:<{sender}>");
            return await client.CommandAsync("RCPT TO:<x@relay.example>");
        }
    }, hasNameServer: true);

    private static async Task<string> AskAsync(SmtpdFixture server)
    {
        using var client = await server.ConnectAsync();
        await client.CommandAsync("XCLIENT NAME=stranger.example ADDR=192.0.2.77");
        await client.CommandAsync("EHLO stranger.example");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        return await client.CommandAsync("RCPT TO:<x@relay.example>");
    }

    // What spawn(8) does for one service, as the agent's manual has it: standard input and output are the connection.
    private static async Task SpawnAsync(Socket listener, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                using var connection = new NetworkStream(await listener.AcceptAsync(stopping), ownsSocket: true);
                using var agent = Process.Start(new ProcessStartInfo(SpfAgent) { RedirectStandardInput = true, RedirectStandardOutput = true })!; // started, or an exception
                var answers = agent.StandardOutput.BaseStream.CopyToAsync(connection, stopping);
                try
                {
                    var buffer = new byte[4096];
                    int count;
                    while ((count = await connection.ReadAsync(buffer, stopping)) > 0)
                    {
                        await agent.StandardInput.BaseStream.WriteAsync(buffer.AsMemory(0, count), stopping);
                        await agent.StandardInput.BaseStream.FlushAsync(stopping);
                    }
                }
                finally
                {
                    agent.Kill();
                    await agent.WaitForExitAsync(CancellationToken.None);
                }

                await answers;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over.
        }
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program } };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!; // started, or an exception
    }

    private static async Task WaitForAsync(int port)
    {
        for (var attempt = 0; attempt < 2400; attempt++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        Assert.Fail("postgrey does not listen");
    }
}
