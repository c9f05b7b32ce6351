using Estafeta.Configuration;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>smtpd_upstream_proxy_protocol = haproxy, and debug_peer_list.</summary>
public class UpstreamProxyTests
{
    private const string Proxied = "smtpd_upstream_proxy_protocol = haproxy\n";

    [Fact]
    public async Task Client_IsWhoTheProxySays()
    {
        await using var server = new SmtpdFixture(
            Proxied + "smtpd_recipient_restrictions = check_client_access inline:{192.0.2.7=REJECT}, permit\nsmtpd_reject_footer = \\c $client_port $server_address $server_port");
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            await client.SendAsync("PROXY TCP4 192.0.2.7 198.51.100.1 5000 25\r\n");
            Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            await client.CommandAsync("HELO x");
            await client.CommandAsync("MAIL FROM:<>");
            Assert.Equal(
                "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied 5000 198.51.100.1 25",
                await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
            await client.CommandAsync("QUIT");
        }

        Assert.Contains("connect from unknown[192.0.2.7]", await server.StopAsync());
    }

    /// <summary>What comes with the proxy's line has come before the greeting.</summary>
    [Fact]
    public async Task CommandBeforeTheGreeting_EndsTheSession()
    {
        await using var server = new SmtpdFixture(Proxied);
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            await client.SendAsync("PROXY TCP4 192.0.2.7 198.51.100.1 5000 25\r\nEHLO x\r\n");
            Assert.Equal("554 5.5.0 Error: SMTP protocol synchronization\n", await client.ReadToEndAsync());
        }

        var log = await server.StopAsync();
        Assert.Contains(@"improper command pipelining after CONNECT from unknown[192.0.2.7]: EHLO x\r\n", log);
        Assert.Contains("disconnect from unknown[192.0.2.7] commands=0/0", log);
    }

    [Fact]
    public async Task HealthCheck_IsTheProxyItself()
    {
        await using var server = new SmtpdFixture(Proxied);
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            await client.SendAsync("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0");
            Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            await client.CommandAsync("QUIT");
        }

        Assert.Contains("connect from unknown[127.0.0.1]", await server.StopAsync());
    }

    [Fact]
    public async Task ClientThatIsNoProxy_IsRefused()
    {
        await using var server = new SmtpdFixture(Proxied);
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            await client.SendAsync("EHLO i-am-no-proxy.example\r\n");
            Assert.Equal("421 4.3.0 mail.example.com Server local error\n", await client.ReadToEndAsync());
        }

        Assert.Equal(
            [
                "warning: haproxy read: unrecognized protocol header: EHLO i-am-no-proxy.example\\r\\n",
                "connect from unknown[127.0.0.1]",
                "disconnect from unknown[127.0.0.1] commands=0/0",
            ],
            await server.StopAsync());
    }

    [Fact]
    public async Task ProxyThatSaysNothing_IsRefusedInTime()
    {
        var time = new ManualTime();
        await using var server = new SmtpdFixture(Proxied + "smtpd_upstream_proxy_timeout = 5s", time);
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            await client.SendAsync("PROXY TCP4 192.0.2.7 ");
            var reading = client.ReadReplyAsync();
            while (!reading.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            Assert.Equal("421 4.3.0 mail.example.com Server local error", await reading);
        }

        Assert.Contains("warning: haproxy read: timeout error", await server.StopAsync());
    }

    [Fact]
    public void OtherProtocol_IsAnError() => Assert.Throws<ConfigurationException>(() => new SmtpdFixture("smtpd_upstream_proxy_protocol = other"));

    [Theory]
    [InlineData("debug_peer_list = 127.0.0.0/8", true)]
    [InlineData("debug_peer_list = 192.0.2.0/24", false)]
    public async Task DebugPeers_HaveTheirDialogueLogged(string setting, bool isLogged)
    {
        await using var server = new SmtpdFixture(setting);
        await server.ConverseAsync("HELO x", "QUIT");
        var log = await server.StopAsync();
        Assert.Equal(isLogged, log.Contains("< unknown[127.0.0.1]: HELO x"));
        Assert.Equal(isLogged, log.Contains("> unknown[127.0.0.1]: 250 mail.example.com"));
    }

    [Theory]
    [InlineData("debug_peer_list = 127.0.0.1", true)]
    [InlineData("debug_peer_list = 127.0.0.1\ndebug_peer_level = 1", false)]
    [InlineData("debug_peer_list = 192.0.2.1", false)]
    public async Task DebugPeers_HaveRefusalsExplained_FromLevelTwo(string setting, bool isExplained)
    {
        await using var server = new SmtpdFixture(setting + "\nsmtpd_sender_restrictions = reject");
        await server.ConverseAsync("HELO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "QUIT");
        var log = await server.StopAsync();
        Assert.Contains(log, l => l.Contains(": reject: RCPT from ", StringComparison.Ordinal));
        Assert.Equal(isExplained, log.Any(l => l.Contains(": explain: RCPT from ", StringComparison.Ordinal)));
    }
}
