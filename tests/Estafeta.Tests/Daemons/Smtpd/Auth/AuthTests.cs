using System.Text;
using Estafeta.Tests.Net.Sasl;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Auth;

public sealed class AuthTests
{
    private const string Tables = """
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = estafeta
        estafeta_sasl_password_maps = inline:{{joe = {PLAIN}secret}}

        """;

    private static string Dovecot(FakeDovecot dovecot) =>
        $"smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {dovecot.Path}\n";

    private static string Plain(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));

    [Fact]
    public async Task TemporaryTroubleOfDovecot_IsTemporaryForTheClient()
    {
        await using var dovecot = new FakeDovecot(TranscriptPeers.Answer);
        await using var server = new SmtpdFixture(Dovecot(dovecot));
        Assert.Equal("454 4.7.0 Temporary authentication failure: (reason unavailable)\n", await server.ConverseAsync("AUTH PLAIN temp"));
    }

    [Fact]
    public async Task LoggedIn_MayRelay_AndIsTraced()
    {
        await using var dovecot = new FakeDovecot(TranscriptPeers.Answer);
        await using var server = new SmtpdFixture(Dovecot(dovecot) + """
            mynetworks = 192.0.2.1
            smtpd_relay_restrictions = permit_sasl_authenticated, reject
            smtpd_sasl_authenticated_header = yes
            """);
        var replies = await server.ConverseAsync(
            "EHLO x", "AUTH PLAIN good", "AUTH PLAIN good", "MAIL FROM:<a@b.example> AUTH=j@x.example", "RCPT TO:<x@elsewhere.example>", "DATA", "Subject: x\r\n\r\n.", "QUIT");
        Assert.Contains("235 2.7.0 Authentication successful\n503 5.5.1 Error: already authenticated\n250 2.1.0 Ok\n250 2.1.5 Ok\n354", replies, StringComparison.Ordinal);
        Assert.StartsWith(
            "Received: from x (unknown [127.0.0.1])\n\t(Authenticated sender: joe@example.com)\n\tby mail.example.com (Postfix) with ESMTPA id 1234510000\n",
            server.Cleanup.Committed[0].Text,
            StringComparison.Ordinal);
        Assert.Contains(
            "1234510000: client=unknown[127.0.0.1], sasl_method=PLAIN, sasl_username=joe@example.com, sasl_sender=j@x.example", await server.StopAsync());
        Assert.Equal("AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.1", dovecot.Lines[0].Split("\trport=")[0]);
    }

    [Theory]
    [InlineData(13000, "535 5.7.8 ")]
    [InlineData(13001, "500 5.5.6 SASL response limit exceeded")]
    public async Task Response_BeyondTheLimit_IsRefused_AndTheSessionGoesOn(int length, string reply)
    {
        await using var server = new SmtpdFixture(Tables + "smtpd_sasl_response_limit = 13000\n");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        Assert.StartsWith("334 ", await client.CommandAsync("AUTH PLAIN"), StringComparison.Ordinal);
        Assert.StartsWith(reply, await client.CommandAsync(new string('A', length)), StringComparison.Ordinal);
        Assert.StartsWith("235 ", await client.CommandAsync("AUTH PLAIN " + Plain("joe", "secret")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "250-AUTH PLAIN CRAM-MD5\n")]
    [InlineData("broken_sasl_auth_clients = yes", "250-AUTH PLAIN CRAM-MD5\n250-AUTH=PLAIN CRAM-MD5\n")]
    [InlineData("smtpd_sasl_security_options = noplaintext", "250-AUTH CRAM-MD5\n")]
    [InlineData("smtpd_sasl_mechanism_filter = plain", "250-AUTH PLAIN\n")]
    [InlineData("smtpd_sasl_mechanism_filter = !cram-md5, static:rest", "250-AUTH PLAIN\n")]
    [InlineData("smtpd_sasl_security_options = noplaintext, nodictionary", "")]
    [InlineData("smtpd_sasl_exceptions_networks = 127.0.0.0/8", "")]
    [InlineData("smtpd_tls_auth_only = yes", "")]
    [InlineData("smtpd_discard_ehlo_keywords = auth", "")]
    [InlineData("smtpd_sasl_auth_enable = no", "")]
    public async Task Ehlo_AnnouncesWhatTheClientMayUse(string mainCf, string expected)
    {
        await using var dovecot = new FakeDovecot(TranscriptPeers.Answer);
        await using var server = new SmtpdFixture(Dovecot(dovecot) + mainCf);
        var reply = await server.ConverseAsync("EHLO x");
        Assert.Contains($"250-ETRN\n{expected}250-ENHANCEDSTATUSCODES\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoDovecot_IsTemporaryTrouble()
    {
        await using var server = new SmtpdFixture("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = /nonexistent/auth\n");
        var replies = await server.ConverseAsync("EHLO x", "AUTH PLAIN good", "QUIT");
        Assert.DoesNotContain("250-AUTH", replies, StringComparison.Ordinal);
        Assert.Contains("454 4.7.0 Temporary authentication failure: ", replies, StringComparison.Ordinal);
        Assert.Contains(await server.StopAsync(), line => line.StartsWith("warning: SASL: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResponseTooLong_IsSkippedWhole()
    {
        await using var server = new SmtpdFixture(Tables);
        var replies = await server.ConverseAsync("AUTH LOGIN", new string('a', 30_000), "AUTH LOGIN", new string('a', 12_289), "NOOP", "QUIT");
        Assert.Equal(
            "334 VXNlcm5hbWU6\n500 5.5.6 SASL response limit exceeded\n334 VXNlcm5hbWU6\n500 5.5.6 SASL response limit exceeded\n250 2.0.0 Ok\n221 2.0.0 Bye\n", replies);
        Assert.Contains($"warning: unknown[127.0.0.1]: request longer than 12288: {new string('a', 30)}...", await server.StopAsync());
    }

    [Fact]
    public async Task Tables_CheckPasswords()
    {
        await using var server = new SmtpdFixture(Tables + "smtpd_sasl_local_domain = example.com");
        var replies = await server.ConverseAsync(
            "EHLO x",
            "AUTH PLAIN " + Plain("joe", "wrong"),
            "AUTH LOGIN", Convert.ToBase64String("joe"u8), Convert.ToBase64String("secret"u8),
            "MAIL FROM:<a@b.example>", "RCPT TO:<root@mail.example.com>", "QUIT");
        Assert.Contains("250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-1\n", replies, StringComparison.Ordinal);
        Assert.Contains("535 5.7.8 Error: authentication failed: authentication failure\n334 VXNlcm5hbWU6\n334 UGFzc3dvcmQ6\n235 2.7.0", replies, StringComparison.Ordinal);
        var log = await server.StopAsync();
        Assert.Contains("warning: unknown[127.0.0.1]: SASL PLAIN authentication failed: authentication failure, sasl_username=joe", log);
        Assert.Contains("1234510000: client=unknown[127.0.0.1], sasl_method=LOGIN, sasl_username=joe@example.com", log);
    }

    [Fact]
    public async Task AuthOnlyUnderTls_AndNeverCarriedIntoIt()
    {
        using var certificates = new TestCertificates();
        var mainCf = Tables + $"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificates.Issue("mail.test")}\n";
        await using var open = new SmtpdFixture(mainCf);
        await using var strict = new SmtpdFixture(mainCf + "smtpd_tls_auth_only = yes\nsmtpd_sasl_tls_security_options = noplaintext\n");
        var login = "AUTH PLAIN " + Plain("joe", "secret");

        using var client = await open.ConnectAsync();
        Assert.StartsWith("235 ", await client.CommandAsync(login), StringComparison.Ordinal);
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        await client.CommandAsync("EHLO x");
        Assert.StartsWith("235 ", await client.CommandAsync(login), StringComparison.Ordinal); // not "already authenticated"
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("DATA");
        await client.CommandAsync("x\r\n.");
        Assert.Contains("with ESMTPSA id", open.Cleanup.Committed[0].Text, StringComparison.Ordinal);

        using var other = await strict.ConnectAsync();
        Assert.Equal("503 5.5.1 Error: authentication not enabled", await other.CommandAsync(login));
        await other.CommandAsync("STARTTLS");
        await other.EncryptAsync();
        var announced = await other.CommandAsync("EHLO x");
        Assert.Contains("250-AUTH CRAM-MD5 SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1\n", announced, StringComparison.Ordinal);
        Assert.StartsWith("535 ", await other.CommandAsync(login), StringComparison.Ordinal);
    }
}
