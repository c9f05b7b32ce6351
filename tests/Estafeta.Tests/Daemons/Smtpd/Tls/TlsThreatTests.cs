using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Tls;

/// <summary>threats.md, section B: what a hostile client does with TLS that is no ordinary dialogue.</summary>
public sealed class TlsThreatTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private string May => $"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n";

    public void Dispose() => _certificates.Dispose();

    // B05, CVE-2026-45185: close_notify in the middle of a BDAT chunk.
    [Fact]
    public async Task CloseNotifyWithinBdat_QueuesNothing()
    {
        await using var server = new SmtpdFixture(May);
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("STARTTLS");
            var tls = await client.EncryptAsync();
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
            await client.SendAsync("BDAT 1000\r\n0123456789");
            await tls.ShutdownAsync(TestContext.Current.CancellationToken);
            Assert.Equal("", await client.ReadReplyAsync());
        }

        await server.StopAsync();
        Assert.Empty(server.Cleanup.Committed);
        Assert.Equal((0, 1), (server.Cleanup.Open, server.Cleanup.Cancelled));
    }

    // B06: the client is gone before it reads our 250. The message is ours: it may come twice, never not at all.
    [Fact]
    public async Task ConnectionLostBehindTheDot_QueuesTheMessage()
    {
        await using var server = new SmtpdFixture(May);
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("STARTTLS");
            await client.EncryptAsync();
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.CommandAsync("DATA");
            await client.SendAsync("Subject: x\r\n\r\nx\r\n.\r\n");
        }

        await server.StopAsync();
        Assert.Single(server.Cleanup.Committed);
    }

    // B12: a ClientHello where a greeting is waited for.
    [Fact]
    public async Task ClientHelloInClear_EndsTheSession()
    {
        await using var server = new SmtpdFixture(May);
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003\r\n");
            Assert.StartsWith("221 2.7.0 Error: I can break rules, too. Goodbye.", await client.ReadReplyAsync());
        }

        using var next = await server.ConnectAsync();
        Assert.StartsWith("250", await next.CommandAsync("HELO x"));
    }
}
