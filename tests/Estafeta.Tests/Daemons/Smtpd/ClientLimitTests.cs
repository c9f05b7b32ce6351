using System.Net;
using Estafeta.Configuration;
using Estafeta.Daemons.Anvil;
using Estafeta.Daemons.Smtpd.Limits;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tests.Net.Tls;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>smtpd_client_*_limit: replies and log lines, at a real anvil.</summary>
public sealed class ClientLimitTests : IAsyncDisposable
{
    private const string CountAll = "smtpd_client_event_limit_exceptions =\n";
    private readonly AnvilService _anvil;
    private readonly UnixServer _socket;
    private readonly ClientCounters _counters;

    public ClientLimitTests()
    {
        _anvil = new AnvilService(new AnvilSettings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600)), new MemoryMailLog(), TimeProvider.System);
        _socket = new UnixServer(ClientCountWire.Protocol, new AnvilEndpoint(_anvil).ServeAsync);
        _counters = new ClientCounters(_socket.Path, TimeProvider.System, new MemoryMailLog());
    }

    [Fact]
    public async Task Connections_AtOnce_AreLimited()
    {
        await using var server = Start("smtpd_client_connection_count_limit = 2");
        using var a = await server.ConnectAsync();
        using var b = await server.ConnectAsync();
        using var c = await server.ConnectAsync(readGreeting: false);
        Assert.Equal("421 4.7.0 mail.example.com Error: too many connections from 127.0.0.1\n", await c.ReadToEndAsync());
        await b.CommandAsync("QUIT");
        Assert.Equal("", await b.ReadToEndAsync());
        using var d = await server.ConnectAsync();
        a.Dispose();
        d.Dispose();
        var log = await server.StopAsync();
        Assert.Contains("warning: Connection concurrency limit exceeded: 3 from unknown[127.0.0.1] for service smtp", log);
    }

    [Fact]
    public async Task Connections_InATimeUnit_AreLimited()
    {
        await using var server = Start("smtpd_client_connection_rate_limit = 1");
        Assert.StartsWith("221", await server.ConverseAsync("QUIT"), StringComparison.Ordinal);
        using var client = await server.ConnectAsync(readGreeting: false);
        Assert.Equal("421 4.7.0 mail.example.com Error: too many connections from 127.0.0.1\n", await client.ReadToEndAsync());
        Assert.Contains("warning: Connection rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp", await server.StopAsync());
    }

    [Fact]
    public async Task Messages_InATimeUnit_AreLimited()
    {
        await using var server = Start("smtpd_client_message_rate_limit = 1");
        Assert.EndsWith(
            "250 2.1.0 Ok\n250 2.0.0 Ok\n450 4.7.1 Error: too much mail from 127.0.0.1\n",
            await server.ConverseAsync("EHLO x", "MAIL FROM:<>", "RSET", "MAIL FROM:<>"),
            StringComparison.Ordinal);
        Assert.Contains(
            "warning: Message delivery request rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp", await server.StopAsync());
    }

    [Fact]
    public async Task Recipients_InATimeUnit_AreLimited()
    {
        await using var server = Start("smtpd_client_recipient_rate_limit = 1");
        Assert.EndsWith(
            "250 2.1.5 Ok\n450 4.7.1 Error: too many recipients from 127.0.0.1\n",
            await server.ConverseAsync("EHLO x", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "RCPT TO:<root@mail.example.com>"),
            StringComparison.Ordinal);
        Assert.Contains("warning: Recipient address rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp", await server.StopAsync());
    }

    [Fact]
    public async Task Logins_InATimeUnit_AreLimited()
    {
        await using var server = Start("smtpd_client_auth_rate_limit = 1");
        Assert.EndsWith(
            "503 5.5.1 Error: authentication not enabled\n450 4.7.1 Error: too many AUTH commands from 127.0.0.1\n",
            await server.ConverseAsync("EHLO x", "AUTH PLAIN x", "AUTH PLAIN x"),
            StringComparison.Ordinal);
        Assert.Contains("warning: AUTH command rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp", await server.StopAsync());
    }

    [Fact]
    public async Task Handshakes_InATimeUnit_AreLimited()
    {
        using var certificates = new TestCertificates();
        await using var server = Start($"smtpd_client_new_tls_session_rate_limit = 1\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificates.Issue("mail.test")}");
        for (var i = 1; i <= 2; i++)
        {
            using var client = await server.ConnectAsync();
            await client.CommandAsync("EHLO x");
            Assert.Equal("220 2.0.0 Ready to start TLS", await client.CommandAsync("STARTTLS"));
            await client.EncryptAsync();
            Assert.Equal(
                i == 1 ? "250 2.0.0 Ok" : "421 4.7.0 mail.example.com Error: too many new TLS sessions from 127.0.0.1",
                i == 1 ? await client.CommandAsync("NOOP") : await client.ReadReplyAsync());
        }

        using (var late = await server.ConnectAsync())
        {
            await late.CommandAsync("EHLO x");
            Assert.Equal("454 4.7.0 Error: too many new TLS sessions from 127.0.0.1", await late.CommandAsync("STARTTLS"));
        }

        var log = await server.StopAsync();
        Assert.Contains("warning: New TLS session rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp", log);
        Assert.Contains("warning: Refusing STARTTLS request from unknown[127.0.0.1] for service smtp", log);
    }

    [Theory]
    [InlineData("smtpd_client_event_limit_exceptions = 127.0.0.0/8")]
    [InlineData("smtpd_client_event_limit_exceptions = $mynetworks")]
    [InlineData(CountAll + "smtpd_authorized_xclient_hosts = 127.0.0.1")]
    public async Task Exceptions_AreNotCounted(string exception)
    {
        await using var server = new SmtpdFixture("smtpd_client_message_rate_limit = 1\n" + exception, partners: p => p with { Counters = _counters });
        Assert.EndsWith(
            "250 2.1.0 Ok\n", await server.ConverseAsync("EHLO x", "MAIL FROM:<>", "RSET", "MAIL FROM:<>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.77", "192.0.2.77")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3::/84")]
    [InlineData("192.0.2.77", "192.0.2.64/27", "smtpd_client_ipv4_prefix_length = 27")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "smtpd_client_ipv6_prefix_length = 128")]
    public async Task Clients_AreCountedByNetwork(string address, string range, string setting = "")
    {
        var parameters = ParameterSet.Parse(setting + "\n");
        await using var tables = new TableSet(parameters);
        var limits = new ClientLimits(ClientLimitSettings.Read(parameters), null, "smtp", tables);
        Assert.Equal(range, limits.Range(IPAddress.Parse(address)));
    }

    public async ValueTask DisposeAsync()
    {
        await _counters.DisposeAsync();
        await _socket.DisposeAsync();
        _anvil.Dispose();
    }

    private SmtpdFixture Start(string limit) => new(CountAll + limit, partners: p => p with { Counters = _counters });
}
