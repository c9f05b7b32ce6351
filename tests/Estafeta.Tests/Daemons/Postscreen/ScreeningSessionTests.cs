using System.Net.Sockets;
using System.Text;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>What transcripts cannot show: time, limits, proxies, the end of the service, trouble.</summary>
public class ScreeningSessionTests
{
    private const string Greeting = "220 mail.example.com ESMTP Postfix";
    private const string Teaser = "220-mail.example.com ESMTP Postfix";

    [Fact]
    public async Task Client_WaitsForTheWholeGreetWait_AndIsListedThen()
    {
        var time = new ManualTime();
        await using var server = new PostscreenFixture(
            "postscreen_greet_wait = 6s\npostscreen_dnsbl_sites = listed.example\npostscreen_dnsbl_action = drop\npostscreen_dnsbl_timeout = 1000s\n", time);
        using var client = server.Connect();
        Assert.Equal(Teaser, await client.ReadLineAsync());
        await WaitForLogAsync(server, "addr 127.0.0.1 listed by domain listed.example as 127.0.0.2");
        time.AdvanceSeconds(5.9);
        Assert.DoesNotContain(server.Log.Lines, l => l.StartsWith("DNSBL", StringComparison.Ordinal));
        time.AdvanceSeconds(0.2);
        Assert.Equal("521 5.7.1 Service unavailable; client [127.0.0.1] blocked using listed.example", await client.ReadLineAsync());
    }

    [Fact]
    public async Task SlowLists_AreNotWaitedFor()
    {
        var time = new ManualTime();
        await using var server = new PostscreenFixture(
            "postscreen_greet_wait = 6s\npostscreen_dnsbl_sites = listed.example\npostscreen_dnsbl_action = drop\ndnsblog_reply_delay = 100s\n", time);
        using var client = server.Connect();
        Assert.Equal(Teaser, await client.ReadLineAsync());
        await WaitAsync(() => time.HasTimers);
        time.AdvanceSeconds(6.1);
        Assert.Equal(Greeting, await client.ReadLineAsync());
        await WaitForLogAsync(server, "PASS NEW");
    }

    [Fact]
    public async Task KnownClient_WhoseGreetResultIsOld_WaitsAgain()
    {
        var time = new ManualTime();
        await using var server = new PostscreenFixture("postscreen_greet_wait = 6s\npostscreen_greet_ttl = 1d\n", time);
        await PassAsync(server, time, Teaser);
        await PassAsync(server, time, null);
        time.Advance(TimeSpan.FromDays(1));
        await PassAsync(server, time, Teaser);
        await WaitForLogAsync(server, "PASS", 3);
        Assert.Equal(["NEW", "OLD", "OLD"], server.Log.Lines.Where(l => l.StartsWith("PASS", StringComparison.Ordinal)).Select(l => l[5..8]));
    }

    [Fact]
    public async Task Client_WithTooManyConnections_IsRefused()
    {
        await using var server = new PostscreenFixture("postscreen_greet_wait = 1000s\npostscreen_client_connection_count_limit = 2\n");
        using var first = server.Connect();
        using var second = server.Connect();
        Assert.Equal((Teaser, Teaser), (await first.ReadLineAsync(), await second.ReadLineAsync()));
        using var third = server.Connect();
        Assert.Equal("421 4.7.0 Error: too many connections\n", await third.ReadToEndAsync());
        first.Dispose();

        // The count is taken back after the log line.
        string? line;
        do
        {
            using var again = server.Connect();
            line = await again.ReadLineAsync();
        }
        while (line == "421 4.7.0 Error: too many connections");
        Assert.Equal(Teaser, line);
        Assert.Contains(server.Log.Lines, l => l.StartsWith("NOQUEUE: reject: CONNECT from [127.0.0.1]:", StringComparison.Ordinal) && l.EndsWith(": too many connections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ScreeningPorts_RunOut()
    {
        await using var server = new PostscreenFixture("postscreen_greet_wait = 1000s\npostscreen_pre_queue_limit = 10\npostscreen_client_connection_count_limit = 0\n");
        var clients = new List<SmtpdClient>();
        for (var i = 0; i < 9; i++)
        {
            clients.Add(server.Connect());
            Assert.Equal(Teaser, await clients[^1].ReadLineAsync());
        }

        using var last = server.Connect();
        Assert.Equal("421 4.3.2 All screening ports are busy\n", await last.ReadToEndAsync());
        clients.ForEach(c => c.Dispose());
        await WaitForLogAsync(server, "leaving STRESS mode with 7 connections");
        Assert.Contains("entering STRESS mode with 9 connections", server.Log.Lines);
        Assert.Contains(server.Log.Lines, l => l.StartsWith("reject: connect from [127.0.0.1]:", StringComparison.Ordinal) && l.EndsWith(": all screening ports busy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ServerPorts_RunOut()
    {
        var folder = Directory.CreateTempSubdirectory("estafeta-busy-");
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        busy.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "smtpd")));
        busy.Listen();
        await using (var server = new PostscreenFixture(
            $"smtpd_service_name = {folder.FullName}/smtpd\nmynetworks = 127.0.0.0/8\npostscreen_post_queue_limit = 5\n", new ManualTime()))
        {
            // The sixth at the latest, when those before it are all counted.
            var clients = new List<SmtpdClient>();
            while (!server.Log.Lines.Any(l => l.EndsWith(": all server ports busy", StringComparison.Ordinal)))
            {
                clients.Add(server.Connect());
                await WaitForLogAsync(server, "CONNECT", clients.Count);
                await WaitAsync(() => server.Log.Lines.Count >= 2 * clients.Count);
            }

            Assert.True(clients.Count > 5);
            Assert.Equal("421 4.3.2 All server ports are busy\n", await clients[^1].ReadToEndAsync());
            clients.ForEach(c => c.Dispose());
            busy.Dispose(); // whoever waits for it is done
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.2 4242 25\r\n", "[192.0.2.7]:4242 to [198.51.100.2]:25")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 4242 25\r\n", "[2001:db8::7]:4242 to [2001:db8::1]:25")]
    public async Task ProxiedClient_IsWhoTheProxySays_ForTheServerToo(string header, string ends)
    {
        await using var server = new PostscreenFixture("postscreen_upstream_proxy_protocol = haproxy\nsmtpd_upstream_proxy_protocol = haproxy\nsmtpd_peername_lookup = no\n");
        using var client = server.Connect();
        await client.SendAsync(header);
        Assert.Equal((Teaser, Greeting), (await client.ReadLineAsync(), await client.ReadLineAsync()));
        Assert.Equal("221 2.0.0 Bye", await client.CommandAsync("QUIT"));
        Assert.Contains("CONNECT from " + ends, server.Log.Lines);
        await WaitAsync(() => server.Smtpd.Log.Lines.Contains($"connect from unknown[{ends[1..ends.IndexOf(']')]}]"));
    }

    [Theory]
    [InlineData("PROXY TCP4 1.2.3.4 \r\n", "warning: haproxy read: bad or missing server address: PROXY TCP4 1.2.3.4 \\r\\n")]
    [InlineData("PROXY UNKNOWN\r\n", "warning: haproxy read: bad or missing protocol type: PROXY UNKNOWN\\r\\n")]
    public async Task Client_ThatNoProxyNames_IsRefused(string header, string line)
    {
        await using var server = new PostscreenFixture("postscreen_upstream_proxy_protocol = haproxy\n");
        using var client = server.Connect();
        await client.SendAsync(header);
        Assert.Equal("421 4.3.2 No system resources\n", await client.ReadToEndAsync());
        await WaitForLogAsync(server, line);
    }

    [Fact]
    public async Task CacheThatCannotBeUsed_CostsNobodyHisMail()
    {
        await using var server = new PostscreenFixture("postscreen_cache_map = fail:cache\n");
        for (var i = 1; i <= 2; i++)
        {
            using var client = server.Connect();
            Assert.Equal((Teaser, Greeting), (await client.ReadLineAsync(), await client.ReadLineAsync()));
            await WaitForLogAsync(server, "PASS NEW", i);
        }
    }

    [Fact]
    public async Task ListName_ThatNobodyCanTranslate_IsNotTold()
    {
        await using var server = new PostscreenFixture(
            "postscreen_greet_wait = 1000s\npostscreen_dnsbl_sites = listed.example\npostscreen_dnsbl_action = drop\npostscreen_dnsbl_reply_map = fail:names\n");
        using var client = server.Connect();
        Assert.Equal(Teaser, await client.ReadLineAsync());
        await client.SendAsync("HELO x\r\n");
        Assert.Equal("421 4.3.2 Service currently unavailable", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Reload_LetsSessionsGoOn()
    {
        await using var server = new PostscreenFixture("postscreen_greet_wait = 1000s\npostscreen_greet_action = enforce\n");
        using var client = server.Connect();
        Assert.Equal(Teaser, await client.ReadLineAsync());
        var draining = server.DrainAsync();
        await client.SendAsync("HELO x\r\n");
        Assert.Equal("250 mail.example.com", await client.ReadLineAsync());
        Assert.False(draining.IsCompleted);
        Assert.Equal("221 2.0.0 Bye", await client.CommandAsync("QUIT"));
        await draining;
    }

    [Fact]
    public async Task Stop_EndsSessions()
    {
        await using var server = new PostscreenFixture("postscreen_greet_wait = 1000s\npostscreen_greet_action = enforce\n");
        using var speaking = server.Connect();
        using var waiting = server.Connect();
        Assert.Equal((Teaser, Teaser), (await speaking.ReadLineAsync(), await waiting.ReadLineAsync()));
        await speaking.SendAsync("HELO x\r\n");
        Assert.Equal("250 mail.example.com", await speaking.ReadLineAsync());
        server.Close();
        Assert.Equal("421 4.3.0 mail.example.com Server shutting down\n", await speaking.ReadToEndAsync());
        Assert.Equal("", await waiting.ReadToEndAsync());
        await server.DrainAsync();
    }

    [Fact]
    public async Task Command_InPieces_IsTheSameCommand()
    {
        const string Command = "RCPT TO:<c@d>\r\n";
        for (var at = 1; at < Command.Length; at++)
        {
            await using var server = new PostscreenFixture("postscreen_pipelining_enable = yes\npostscreen_bare_newline_enable = yes\n");
            using var client = server.Connect();
            Assert.Equal((Teaser, Greeting), (await client.ReadLineAsync(), await client.ReadLineAsync()));
            Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<a@b>"));
            await client.SendAsync(Encoding.ASCII.GetBytes(Command[..at]));
            await client.SendAsync(Encoding.ASCII.GetBytes(Command[at..]));
            Assert.Equal("450 4.3.2 Service currently unavailable", await client.ReadLineAsync());
        }
    }

    [Fact]
    public async Task CommandsInjectedBehindStarttls_AreForgotten()
    {
        using var certificates = new TestCertificates();
        await using var server = new PostscreenFixture(
            $"postscreen_bare_newline_enable = yes\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificates.Issue("mail.test")}\n");
        using var client = server.Connect();
        Assert.Equal((Teaser, Greeting), (await client.ReadLineAsync(), await client.ReadLineAsync()));
        await client.SendAsync("STARTTLS\r\nMAIL FROM:<injected@example.com>\r\n");
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.ReadLineAsync());
        await client.EncryptAsync();
        Assert.Equal("503 5.5.1 Error: need MAIL command", await client.CommandAsync("RCPT TO:<c@d>"));
    }

    [Theory]
    [InlineData("ignore")]
    [InlineData("enforce")]
    [InlineData("drop")]
    public async Task ClientHelloInClear_IsARefusedClient(string action)
    {
        await using var server = new PostscreenFixture($"postscreen_greet_wait = 1000s\npostscreen_greet_action = {action}\n");
        using var client = server.Connect();
        Assert.Equal(Teaser, await client.ReadLineAsync());
        await client.SendAsync(new byte[] { 0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0xff, 0, (byte)'\n', 0xc3, 0, (byte)'\r', (byte)'\n' });
        Assert.Contains(await client.ReadLineAsync(), (string?[])["521 5.5.1 Protocol error", "521 5.7.0 Error: I can break rules, too. Goodbye.", "554 5.5.0 Error: SMTP protocol synchronization"]);
        await WaitForLogAsync(server, "PREGREET 16 after");
        using var other = server.Connect();
        Assert.Equal(Teaser, await other.ReadLineAsync());
    }

    private static async Task PassAsync(PostscreenFixture server, ManualTime time, string? teaser)
    {
        using var client = server.Connect();
        if (teaser != null)
        {
            Assert.Equal(teaser, await client.ReadLineAsync());
            time.AdvanceSeconds(6.1);
        }

        Assert.Equal(Greeting, await client.ReadLineAsync());
        Assert.Equal("221 2.0.0 Bye", await client.CommandAsync("QUIT"));
    }

    private static Task WaitForLogAsync(PostscreenFixture server, string start, int count = 1) =>
        WaitAsync(() => server.Log.Lines.Count(l => l.StartsWith(start, StringComparison.Ordinal)) >= count);

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
