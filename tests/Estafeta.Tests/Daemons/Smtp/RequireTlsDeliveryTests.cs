using System.Security.Cryptography.X509Certificates;
using Estafeta.Tests.Net;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>REQUIRETLS and TLS-Required: No in the client (RFC 8689), and what comes too early under TLS.</summary>
public sealed class RequireTlsDeliveryTests : IDisposable
{
    private const string WithTls = "250-mx.test\n250-PIPELINING\n250-STARTTLS\n250 8BITMIME";
    private const string Announced = "250-mx.test\n250-PIPELINING\n250-REQUIRETLS\n250 8BITMIME";
    private const string Silent = "250-mx.test\n250-PIPELINING\n250 8BITMIME";
    private const string Sent = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)";

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private ScriptedSmtpServer Server(string inside, string certificate = "mx.x.test")
    {
        var file = _certificates.Issue(certificate);
        return new ScriptedSmtpServer { Certificate = X509Certificate2.CreateFromPemFile(file, file) }.On("EHLO", WithTls, inside).On("STARTTLS", "220 2.0.0 ready");
    }

    private async Task<string> DeliverAsync(ScriptedSmtpServer server, string mainCf, bool requires = true, bool isOptional = false)
    {
        await using var harness = new SmtpAgentHarness($"smtp_tls_CAfile = {_certificates.CaFile}\n{mainCf}");
        harness.Dns.Mx("x.test", 10, "mx.x.test").Address("mx.x.test", "127.0.0.1");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test") with { RequireTls = requires, IsTlsOptional = isOptional });
        await server.ClientsGoneAsync();
        return harness.Lines.Last();
    }

    private static string To(string tls, string rest) => $"to=<u@x.test>, relay=mx.x.test[127.0.0.1]:25, tls={tls}, {rest}";

    [Fact]
    public async Task Enforced_VerifiedAndAnnounced_IsPassedOn()
    {
        await using var server = Server(Announced);
        Assert.Equal(To("verify/requiretls", Sent), await DeliverAsync(server, "smtp_tls_security_level = verify\nsmtp_requiretls_policy = enforce\n"));
        Assert.Contains("MAIL FROM:<s@send.test> REQUIRETLS\n", server.Commands);
    }

    // threats.md B07
    [Fact]
    public async Task Enforced_NotAnnounced_IsReturned()
    {
        await using var server = Server(Silent);
        Assert.Equal(
            To("verify/!requiretls", "dsn=5.7.30, status=bounced (REQUIRETLS is required, but was not offered by host mx.x.test[127.0.0.1])"),
            await DeliverAsync(server, "smtp_tls_security_level = verify\nsmtp_requiretls_policy = enforce\n"));
        Assert.DoesNotContain("MAIL FROM", server.Commands);
    }

    [Theory]
    [InlineData("may")]
    [InlineData("encrypt")]
    [InlineData("none")]
    public async Task Enforced_WithoutAPolicyToVerify_IsReturnedUnsent(string level)
    {
        await using var server = Server(Announced);
        Assert.Equal(
            "to=<u@x.test>, relay=none, dsn=5.7.10, status=bounced (REQUIRETLS demands a verified server, but there is no policy to verify mx.x.test[127.0.0.1])",
            await DeliverAsync(server, $"smtp_tls_security_level = {level}\nsmtp_requiretls_policy = enforce\n"));
        Assert.Empty(server.Commands);
    }

    [Fact]
    public async Task Enforced_BadCertificate_IsNotSent()
    {
        await using var server = Server(Announced, "other.test");
        Assert.Equal(
            To("!verify/!requiretls", "dsn=4.7.5, status=deferred (Server certificate not verified)"),
            await DeliverAsync(server, "smtp_tls_security_level = verify\nsmtp_requiretls_policy = enforce\n"));
        Assert.DoesNotContain("MAIL FROM", server.Commands);
    }

    [Theory]
    [InlineData("may", "opportunistic", Announced, "may/requiretls:nocertmatch")]
    [InlineData("may", "opportunistic", Silent, "may/requiretls:none")]
    [InlineData("verify", "opportunistic", Announced, "verify/requiretls")]
    [InlineData("none", "opportunistic", Announced, "none/requiretls:nostarttls")]
    [InlineData("none", "opportunistic+starttls", Announced, "encrypt/requiretls:nocertmatch")]
    [InlineData("none", "opportunistic+starttls", Silent, "encrypt/requiretls:none")]
    [InlineData("may", "disable", Announced, "may")]
    [InlineData("may", "inline:{{.x.test=opportunistic}}, enforce", Announced, "may/requiretls:nocertmatch")]
    [InlineData("may", "inline:{{mx.x.test=disable}}, enforce", Announced, "may")]
    public async Task Weaker_PassesItOnWhereItIsUnderstood(string level, string policy, string inside, string tls)
    {
        await using var server = Server(inside);
        Assert.Equal(To(tls, Sent), await DeliverAsync(server, $"smtp_tls_security_level = {level}\nsmtp_requiretls_policy = {policy}\n"));
        var isPassedOn = tls.EndsWith("/requiretls", StringComparison.Ordinal) || tls.EndsWith(":nocertmatch", StringComparison.Ordinal);
        Assert.Equal(isPassedOn, server.Commands.Contains(" REQUIRETLS\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("opportunistic", "may:none/requiretls:nostarttls", Sent)]
    [InlineData("opportunistic+starttls", "!encrypt/!requiretls", "dsn=4.7.4, status=deferred (TLS is required, but was not offered by host mx.x.test[127.0.0.1])")]
    public async Task Weaker_WithoutStartTls(string policy, string tls, string rest)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Silent);
        Assert.Equal(To(tls, rest), await DeliverAsync(server, $"smtp_tls_security_level = may\nsmtp_requiretls_policy = {policy}\n"));
    }

    [Fact]
    public async Task NobodyListens_NothingIsDecided()
    {
        using var port = ClosedPort.Tcp();
        await using var harness = new SmtpAgentHarness("smtp_tls_security_level = may\nsmtp_requiretls_policy = opportunistic\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{port.Number}", "u@x.test") with { RequireTls = true });
        Assert.Contains(", relay=none, tls=may?/requiretls?, dsn=4.4.1, ", harness.Lines.Last());
    }

    [Theory]
    [InlineData("requiretls_enable = no\n", true)]
    [InlineData("", false)]
    public async Task NotAskedFor_NothingIsSaid(string mainCf, bool requires)
    {
        await using var server = Server(Announced);
        Assert.Equal(To("may", Sent), await DeliverAsync(server, "smtp_tls_security_level = may\n" + mainCf, requires));
        Assert.DoesNotContain("REQUIRETLS\n", server.Commands);
    }

    [Theory]
    [InlineData("verify", "", "may")]
    [InlineData("encrypt", "", "may")]
    [InlineData("none", "", "none")]
    [InlineData("verify", "tls_required_enable = no\n", null)]
    public async Task TlsRequiredNo_PutsDeliveryFirst(string level, string mainCf, string? tls)
    {
        await using var server = Server(Silent, "other.test");
        var line = await DeliverAsync(server, $"smtp_tls_security_level = {level}\n{mainCf}", requires: false, isOptional: true);
        Assert.Equal(tls == null ? To("!verify", "dsn=4.7.5, status=deferred (Server certificate not verified)") : To(tls, Sent), line);
    }

    [Fact]
    public async Task EarlyMailReply_IsNotTakenForOurs()
    {
        await using var server = Server(Silent + "\n250 2.1.0 too early");
        server.On("EHLO", WithTls, "250 mx.test\n250 2.1.0 too early");
        Assert.Equal(
            To("encrypt", "dsn=4.4.2, status=deferred (lost connection with mx.x.test[127.0.0.1] while sending MAIL FROM)"),
            await DeliverAsync(server, "smtp_tls_security_level = encrypt\nsmtp_tls_block_early_mail_reply = yes\n", requires: false));
        Assert.DoesNotContain("MAIL FROM", server.Commands);
    }
}
