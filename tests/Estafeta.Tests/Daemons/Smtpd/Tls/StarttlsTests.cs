using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Tls;

public sealed class StarttlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private string May => $"smtpd_tls_security_level = may\nsmtpd_tls_loglevel = 1\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n";

    private string Encrypt => May.Replace("= may", "= encrypt", StringComparison.Ordinal);

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Message_UnderTls_IsTracedAndLogged()
    {
        await using var server = new SmtpdFixture(May + "smtpd_tls_received_header = yes\n");
        using (var client = await server.ConnectAsync())
        {
            Assert.Contains("250-STARTTLS\n", await client.CommandAsync("EHLO x"), StringComparison.Ordinal);
            Assert.Equal("220 2.0.0 Ready to start TLS", await client.CommandAsync("STARTTLS"));
            await client.EncryptAsync();
            Assert.DoesNotContain("STARTTLS", await client.CommandAsync("EHLO y"), StringComparison.Ordinal);
            await SendMessageAsync(client);
            Assert.Equal("221 2.0.0 Bye", await client.CommandAsync("QUIT"));
            Assert.Equal("", await client.ReadReplyAsync()); // close_notify, not an error
        }

        Assert.StartsWith(
            "Received: from y (unknown [127.0.0.1])\n"
            + "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
            + "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\n"
            + "\t(No client certificate requested)\n"
            + "\tby mail.example.com (Postfix) with ESMTPS id 1234510000\n",
            Assert.Single(server.Cleanup.Committed).Text,
            StringComparison.Ordinal);
        Assert.Equal(
            [
                "connect from unknown[127.0.0.1]",
                "Anonymous TLS connection established from unknown[127.0.0.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
                "1234510000: client=unknown[127.0.0.1]",
                "disconnect from unknown[127.0.0.1] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7",
            ],
            await server.StopAsync());
    }

    // RFC 8689; the filter knows nothing of it: the header says it.
    [Theory]
    [InlineData("", true)]
    [InlineData("requiretls_esmtp_header = no\n", false)]
    public async Task RequireTls_GoesThroughTheFilterAsAHeader(string mainCf, bool isWritten)
    {
        await using var filter = new ScriptedSmtpServer();
        await using var server = new SmtpdFixture($"{May}{mainCf}smtpd_proxy_filter = 127.0.0.1:{filter.Port}\n");
        using (var client = await server.ConnectAsync())
        {
            await RequireTlsAsync(client);
        }

        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.Equal(isWritten, filter.Content.StartsWith("Require-TLS-ESMTP: yes\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RequireTls_IsCleanupsAffairWithoutFilter()
    {
        await using var server = new SmtpdFixture(May);
        using (var client = await server.ConnectAsync())
        {
            await RequireTlsAsync(client);
        }

        await server.StopAsync();
        var message = Assert.Single(server.Cleanup.Committed);
        Assert.True(message.Request.RequireTls);
        Assert.DoesNotContain("Require-TLS-ESMTP", message.Text, StringComparison.Ordinal);
    }

    private static async Task RequireTlsAsync(SmtpdClient client)
    {
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        Assert.EndsWith("250 REQUIRETLS", await client.CommandAsync("EHLO x"), StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<a@example.net> REQUIRETLS"));
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("DATA");
        Assert.StartsWith("250 ", await client.CommandAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        await client.CommandAsync("QUIT");
    }

    [Fact]
    public async Task CommandsInjectedBehindStarttls_AreNeverAnswered()
    {
        // CVE-2011-0411: what came in the same segment must not be carried out as if it had come under TLS.
        await using var server = new SmtpdFixture(May);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.SendAsync("STARTTLS\r\nMAIL FROM:<evil@example.net>\r\nRSET\r\n");
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.ReadReplyAsync());
        await client.EncryptAsync();
        Assert.Equal("503 5.5.1 Error: need MAIL command", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
    }

    [Fact]
    public async Task Starttls_ForgetsTheSessionInTheClear()
    {
        await using var server = new SmtpdFixture(May + "smtpd_helo_required = yes\n");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<a@example.net>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        Assert.Equal("503 5.5.1 Error: need RCPT command", await client.CommandAsync("DATA"));
        Assert.Equal("503 5.5.1 Error: send HELO/EHLO first", await client.CommandAsync("MAIL FROM:<a@example.net>"));
        Assert.Equal((0, 1), (server.Cleanup.Open, server.Cleanup.Cancelled));
    }

    [Fact]
    public async Task Starttls_OutOfPlace_IsRefused()
    {
        await using var server = new SmtpdFixture(May);
        using var client = await server.ConnectAsync();
        Assert.Equal("501 5.5.4 Syntax: STARTTLS", await client.CommandAsync("STARTTLS now"));
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        Assert.Equal("554 5.5.1 Error: TLS already active", await client.CommandAsync("STARTTLS"));
    }

    [Fact]
    public async Task Starttls_WithoutTls_IsNotImplemented()
    {
        await using var server = new SmtpdFixture();
        Assert.Equal("502 5.5.1 Error: command not implemented\n", await server.ConverseAsync("STARTTLS"));
    }

    [Fact]
    public async Task Starttls_WithoutUsableCertificate_IsTemporarilyUnavailable()
    {
        await using var server = new SmtpdFixture("smtpd_tls_security_level = may\nsmtpd_tls_chain_files = /nonexistent.pem");
        Assert.Equal("454 4.7.0 TLS not available due to local problem\n", await server.ConverseAsync("STARTTLS"));
        Assert.Contains(await server.StopAsync(), line => line.StartsWith("warning: error opening chain file: /nonexistent.pem: No such file or directory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Encrypt_DemandsTlsFirst()
    {
        await using var server = new SmtpdFixture(Encrypt);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        foreach (var command in new[] { "MAIL FROM:<a@b.example>", "RSET", "VRFY x", "AUTH PLAIN x", "ETRN x" })
        {
            Assert.Equal("530 5.7.0 Must issue a STARTTLS command first", await client.CommandAsync(command));
        }

        Assert.Equal("250 2.0.0 Ok", await client.CommandAsync("NOOP"));
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<a@b.example>"));
    }

    [Fact]
    public async Task NoHandshakeAfterStarttls_EndsTheSession()
    {
        await using var server = new SmtpdFixture(May);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("STARTTLS");
        await client.SendAsync("QUIT\r\n");
        while (await client.ReadLineAsync() != null)
        {
            // an alert, perhaps
        }

        var log = await server.StopAsync();
        Assert.Equal("SSL_accept error from unknown[127.0.0.1]: -1", log[1]);
        Assert.StartsWith("warning: TLS library problem: error:", log[2], StringComparison.Ordinal);
        Assert.Equal(
            ["NOQUEUE: lost connection after STARTTLS from unknown[127.0.0.1]", "disconnect from unknown[127.0.0.1] starttls=0/1 commands=0/1"],
            log.TakeLast(2));
    }

    [Fact]
    public async Task StalledHandshake_EndsAtItsLimit()
    {
        var time = new ManualTime();
        await using var server = new SmtpdFixture(May + "smtpd_starttls_timeout = 5s\nsmtpd_tls_loglevel = 2\n", time);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("STARTTLS");
        var end = client.ReadLineAsync();
        while (!server.Log.Lines.Any(line => line.Contains("TLS cipher list", StringComparison.Ordinal)))
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        while (!end.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1)); // again: between that line and the deadline is a moment
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Null(await end);
        var log = await server.StopAsync();
        Assert.Contains("SSL_accept error from unknown[127.0.0.1]: Connection timed out", log);
        Assert.Contains("NOQUEUE: lost connection after STARTTLS from unknown[127.0.0.1]", log);
    }

    [Fact]
    public async Task EndWithoutCloseNotifyInContent_QueuesNothing()
    {
        await using var server = new SmtpdFixture(May);
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("STARTTLS");
            await client.EncryptAsync();
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.CommandAsync("DATA");
            await client.SendAsync("Subject: half\r\n\r\nhal");
        }

        Assert.Contains("lost connection after DATA", string.Join('\n', await server.StopAsync()), StringComparison.Ordinal);
        Assert.Empty(server.Cleanup.Committed);
    }

    [Fact]
    public async Task Wrappermode_EncryptsBeforeTheGreeting()
    {
        await using var server = new SmtpdFixture(May + "smtpd_tls_wrappermode = yes\n");
        using var client = await server.ConnectAsync(readGreeting: false);
        await client.EncryptAsync();
        Assert.Equal("220 mail.example.com ESMTP Postfix", await client.ReadReplyAsync());
        Assert.DoesNotContain("STARTTLS", await client.CommandAsync("EHLO x"), StringComparison.Ordinal);
        await SendMessageAsync(client);
        Assert.Contains("with ESMTPS id", Assert.Single(server.Cleanup.Committed).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "No client certificate presented")]
    [InlineData("stranger", "Client certificate not trusted")]
    [InlineData("known", null)]
    public async Task RequiredClientCertificate(string certificate, string? refusal)
    {
        using var strangers = new TestCertificates();
        var file = certificate switch { "known" => _certificates.Issue("joe.test"), "stranger" => strangers.Issue("joe.test"), _ => "" };
        await using var server = new SmtpdFixture(
            Encrypt + $"smtpd_tls_req_ccert = yes\nsmtpd_tls_CAfile = {_certificates.CaFile}\nsmtpd_tls_received_header = yes\n");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync(file);
        if (refusal != null)
        {
            Assert.Equal($"421 4.7.1 mail.example.com Error: {refusal}", await client.ReadReplyAsync());
            Assert.Contains($"NOQUEUE: abort: TLS from unknown[127.0.0.1]: {refusal}", await server.StopAsync());
            return;
        }

        await client.CommandAsync("EHLO x");
        await SendMessageAsync(client);
        Assert.Contains("\t(Client CN \"joe.test\", Issuer \"Test CA\" (verified OK))\n", server.Cleanup.Committed[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("permit_tls_all_clientcerts", "", "known", true)]
    [InlineData("permit_tls_all_clientcerts", "", "stranger", false)]
    [InlineData("permit_tls_all_clientcerts", "", "", false)]
    [InlineData("permit_tls_clientcerts", "CERTIFICATE", "stranger", true)]
    [InlineData("permit_tls_clientcerts", "KEY", "stranger", true)]
    [InlineData("permit_tls_clientcerts", "AA:BB", "stranger", false)]
    [InlineData("permit_tls_clientcerts", "CERTIFICATE", "", false)]
    [InlineData("check_ccert_access inline:{ { FINGERPRINT = permit } }", "CERTIFICATE", "stranger", true)]
    [InlineData("check_ccert_access inline:{ { FINGERPRINT = permit } }", "AA:BB", "stranger", false)]
    public async Task ClientCertificate_PermitsRelaying(string restriction, string listed, string shown, bool isPermitted)
    {
        using var strangers = new TestCertificates();
        var (known, stranger) = (_certificates.Issue("joe.test"), strangers.Issue("joe.test"));
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(stranger, TestContext.Current.CancellationToken));
        var fingerprint = listed switch
        {
            "CERTIFICATE" => Fingerprint(certificate.RawData),
            "KEY" => Fingerprint(certificate.PublicKey.ExportSubjectPublicKeyInfo()),
            _ => listed,
        };
        restriction = restriction.Replace("FINGERPRINT", fingerprint, StringComparison.Ordinal);
        await using var server = new SmtpdFixture(
            May + $"smtpd_tls_ask_ccert = yes\nsmtpd_tls_CAfile = {_certificates.CaFile}\nsmtpd_tls_fingerprint_digest = sha256\n"
            + $"relay_clientcerts = {(fingerprint.Length > 0 ? $"inline:{{ {{ {fingerprint} = joe }} }}" : "")}\nsmtpd_relay_restrictions = {restriction}, reject\n");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync(shown switch { "known" => known, "stranger" => stranger, _ => "" });
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<a@example.net>");
        Assert.Equal(
            isPermitted ? "250 2.1.5 Ok" : "554 5.7.1 <b@elsewhere.example>: Recipient address rejected: Access denied",
            await client.CommandAsync("RCPT TO:<b@elsewhere.example>"));
    }

    private static string Fingerprint(byte[] octets) => string.Join(':', SHA256.HashData(octets).Select(octet => octet.ToString("X2", null)));

    private static async Task SendMessageAsync(SmtpdClient client)
    {
        Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<a@example.net>"));
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
        Assert.StartsWith("354 ", await client.CommandAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.CommandAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }
}
