using System.Text;
using Estafeta.Mail.Dsn;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>smtp_sasl_*: dialogue and words recorded from Postfix.</summary>
public sealed class SaslDeliveryTests
{
    private const string Host = "127.0.0.1[127.0.0.1]";
    private const string Sent = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)";

    private static string Ehlo(string mechanisms) => $"250-mx.test\n250-PIPELINING\n250-AUTH {mechanisms}\n250 8BITMIME";

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task<SmtpAgentHarness> DeliverAsync(ScriptedSmtpServer server, string more = "", string maps = "static:user:pass")
    {
        var harness = new SmtpAgentHarness(
            $"smtp_sasl_auth_enable = yes\nsmtp_sasl_security_options = noanonymous\nsmtp_sasl_password_maps = {maps}\nsmtp_log_tls_feature_status = no\n{more}");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        return harness;
    }

    private static string To(string rest) => $"to=<u@x.test>, relay={Host}:25, {rest}";

    [Fact]
    public async Task Plain_GoesWithTheCommand()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN")).On("AUTH", "235 2.7.0 ok");
        await using var harness = await DeliverAsync(server);
        Assert.Equal([To(Sent)], harness.Lines);
        Assert.Contains("AUTH PLAIN AHVzZXIAcGFzcw==\nMAIL FROM", server.Commands);
    }

    [Fact]
    public async Task ResultDelimiter_PartsUserAndPassword()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN")).On("AUTH", "235 2.7.0 ok");
        await using var harness = await DeliverAsync(server, "smtp_sasl_password_result_delimiter = |\n", "inline:{ { [127.0.0.1]:" + server.Port + " = us:er|pa:ss } }");
        Assert.Equal([To(Sent)], harness.Lines);
        Assert.Contains($"AUTH PLAIN {Encode("\0us:er\0pa:ss")}\nMAIL FROM", server.Commands);
    }

    [Fact]
    public async Task Login_AnswersThePrompts()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("LOGIN"))
            .On("AUTH", "334 " + Encode("Username:")).On("dXNlcg==", "334 " + Encode("Password:")).On("cGFzcw==", "235 ok");
        await using var harness = await DeliverAsync(server);
        Assert.Contains("AUTH LOGIN\ndXNlcg==\ncGFzcw==\nMAIL FROM", server.Commands);
        Assert.Equal([To(Sent)], harness.Lines);
    }

    [Theory]
    [InlineData("yes", "535 5.7.8 Authentication failed", "dsn=4.7.8, status=deferred")]
    [InlineData("no", "535 5.7.8 Authentication failed", "dsn=5.7.8, status=bounced")]
    [InlineData("no", "454 4.7.0 Temporary", "dsn=4.7.0, status=deferred")]
    public async Task Refused(string softBounce, string reply, string outcome)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN LOGIN CRAM-MD5")).On("AUTH", reply);
        await using var harness = await DeliverAsync(server, $"smtp_sasl_auth_soft_bounce = {softBounce}\n");
        Assert.Equal([To($"{outcome} (SASL authentication failed; server {Host} said: {reply})")], harness.Lines);
        await server.ClientsGoneAsync();
        Assert.Equal("EHLO client.example.test\nAUTH CRAM-MD5\nQUIT", server.Commands);
    }

    [Theory]
    [InlineData("GSSAPI", "noanonymous")]
    [InlineData("PLAIN LOGIN", "noanonymous, noplaintext")]
    public async Task NothingInCommon(string mechanisms, string options)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo(mechanisms));
        await using var harness = await DeliverAsync(server, $"smtp_sasl_security_options = {options}\n");
        Assert.Equal(
            [
                "warning: SASL authentication failure: No worthy mechs found",
                To($"dsn=4.7.0, status=deferred (SASL authentication failed; cannot authenticate to server {Host}: no mechanism available)"),
            ],
            harness.Lines);
    }

    [Fact]
    public async Task MalformedChallenge_EndsIt()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("LOGIN")).On("AUTH", "334 !!!notbase64");
        await using var harness = await DeliverAsync(server);
        Assert.Equal([To($"dsn=4.7.0, status=deferred (SASL authentication failed; cannot authenticate to server {Host}: bad protocol / cancel)")], harness.Lines);
    }

    [Fact]
    public async Task NotOffered_GoesWithoutLogin()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = await DeliverAsync(server);
        Assert.Equal([To(Sent)], harness.Lines);
        Assert.DoesNotContain("AUTH", server.Commands);
    }

    [Theory]
    [InlineData("{s@send.test=sender:pw}", "yes", "sender")]
    [InlineData("{@send.test=domain:pw}", "yes", "domain")]
    [InlineData("{s@send.test=sender:pw}, {127.0.0.1=host:pw}", "no", "host")]
    [InlineData("{[127.0.0.1]:PORT=nexthop:pw}", "no", "nexthop")]
    [InlineData("{other=x:y}", "no", null)]
    [InlineData("{127.0.0.1=:pw}", "no", null)]
    public async Task PasswordMaps_BySenderHostAndNexthop(string entries, string bySender, string? user)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN")).On("AUTH", "235 ok");
        var maps = $"inline:{{{entries.Replace("PORT", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)}}}";
        await using var harness = await DeliverAsync(server, $"smtp_sender_dependent_authentication = {bySender}\n", maps);
        Assert.Equal(user == null ? -1 : 0, server.Commands.IndexOf("AUTH PLAIN " + Encode($"\0{user}\0pw"), StringComparison.Ordinal) < 0 ? -1 : 0);
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
    }

    [Fact]
    public async Task MechanismFilter_AndTokenFile()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, """{"access_token": "tok", "expiry": "4000000000", "refresh_token": "r"}""", TestContext.Current.CancellationToken);
            await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN LOGIN XOAUTH2")).On("AUTH", "235 ok");
            await using var harness = await DeliverAsync(server, "smtp_sasl_mechanism_filter = xoauth2\n", $"static:me@x.test:{path}");
            Assert.Contains("AUTH XOAUTH2 " + Encode("user=me@x.test\u0001auth=Bearer tok\u0001\u0001"), server.Commands);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Trace_NeverShowsThePassword()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN")).On("AUTH", "235 ok");
        await using var harness = await DeliverAsync(server, "debug_peer_list = 127.0.0.1\n");
        Assert.Contains(harness.Log.Lines, line => line.EndsWith(": AUTH PLAIN <...>", StringComparison.Ordinal));
        Assert.DoesNotContain(harness.Log.Lines, line => line.Contains("AHVzZXIAcGFzcw", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a@x.test=a:pw, b@x.test=b:pw", 2)]
    [InlineData("a@x.test=joe:pw, b@x.test=joe:wrong", 2)]
    [InlineData("a@x.test=joe:pw, b@x.test=joe:pw", 1)]
    public async Task KeptConnections_AreNotSharedBetweenLogins(string passwords, int connections)
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", Ehlo("PLAIN")).On("AUTH", "235 ok");
        await using var harness = new SmtpAgentHarness(
            "smtp_sasl_auth_enable = yes\nsmtp_sasl_security_options =\nsmtp_sender_dependent_authentication = yes\nsmtp_sasl_password_maps = inline:{" + passwords + "}\n");
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        foreach (var sender in (string[])["a@x.test", "a@x.test", "b@x.test"])
        {
            harness.Reports.Clear();
            await harness.DeliverAsync(request with { Sender = sender });
        }

        Assert.Equal(connections, server.Connections);
    }
}
