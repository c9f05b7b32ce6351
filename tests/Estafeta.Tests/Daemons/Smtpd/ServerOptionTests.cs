using Estafeta.Configuration;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Options of the server that change what is logged or written, not what is answered.</summary>
public class ServerOptionTests
{
    [Fact]
    public async Task ClientPort_IsLogged()
    {
        await using var server = new SmtpdFixture("smtpd_client_port_logging = yes");
        await server.ConverseAsync("QUIT");
        Assert.Matches(@"^connect from unknown\[127\.0\.0\.1\]:\d+$", (await server.StopAsync())[0]);
    }

    [Theory]
    [InlineData("external", "from=<\"a b\"@example.org> to=<\"c d\"@example.net>")]
    [InlineData("internal", "from=<a b@example.org> to=<c d@example.net>")]
    public async Task AddressesOfARefusal_AreLoggedInTheirForm(string form, string addresses)
    {
        await using var server = new SmtpdFixture($"info_log_address_format = {form}\nsmtpd_relay_restrictions = reject");
        await server.ConverseAsync("HELO h.example", "MAIL FROM:<\"a b\"@example.org>", "RCPT TO:<\"c d\"@example.net>", "QUIT");
        Assert.Contains(await server.StopAsync(), line => line.Contains("reject: RCPT", StringComparison.Ordinal) && line.Contains(addresses, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("yes", "Received: by mail.example.com (Postfix) id ")]
    [InlineData("no", "Received: from h.example (unknown [127.0.0.1])\n\tby mail.example.com (Postfix) with SMTP id ")]
    public async Task HiddenClient_IsNotInReceived(string setting, string received)
    {
        await using var server = new SmtpdFixture("smtpd_hide_client_session = " + setting);
        await server.ConverseAsync("HELO h.example", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", ".", "QUIT");
        await server.StopAsync();
        Assert.StartsWith(received, server.Cleanup.Committed[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("permit_mynetworks", true)]
    [InlineData("", false)]
    [InlineData("check_address_map inline:{127.0.0.1=x}", true)]
    [InlineData("check_address_map inline:{192.0.2.1=x}", false)]
    [InlineData("inline:{127.0.0.1=REJECT}", true)]
    [InlineData("inline:{192.0.2.1=x}", false)]
    public async Task LocalHeaders_AreCompletedForLocalClients(string clients, bool isLocal)
    {
        await using var server = new SmtpdFixture("local_header_rewrite_clients = " + clients);
        await server.ConverseAsync("HELO h.example", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", ".", "QUIT");
        await server.StopAsync();
        Assert.Equal(isLocal, server.Cleanup.Committed[0].Request.Client.IsLocal);
    }

    [Theory]
    [InlineData("all", CleanupFlags.DetectSmtpUtf8)]
    [InlineData("sendmail, verify", CleanupFlags.None)]
    public async Task NeedForSmtpUtf8_IsDetected_WhereItsClassSaysSo(string classes, CleanupFlags expected)
    {
        await using var server = new SmtpdFixture("smtputf8_enable = yes\nsmtputf8_autodetect_classes = " + classes);
        await server.ConverseAsync("HELO h.example", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", ".", "QUIT");
        await server.StopAsync();
        Assert.Equal(expected, server.Cleanup.Committed[0].Request.Flags);
    }

    [Fact]
    public async Task LocalHeaders_OfTheNextMessage_AreAsTheFirstMessages()
    {
        await using var server = new SmtpdFixture("""
            local_header_rewrite_clients = permit_mynetworks
            smtpd_recipient_restrictions = check_recipient_access inline:{troubled@mail.example.com=DEFER_IF_REJECT}, check_recipient_access inline:{troubled@mail.example.com=DEFER_IF_PERMIT}
            """);
        await server.ConverseAsync(
            "HELO h.example", "MAIL FROM:<>", "RCPT TO:<troubled@mail.example.com>", "RSET", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", ".", "QUIT");
        await server.StopAsync();
        Assert.True(Assert.Single(server.Cleanup.Committed).Request.Client.IsLocal);
    }

    [Theory]
    [InlineData("smtpd_relay_restrictions = permit_mynetworks\nsmtpd_recipient_restrictions = permit")]
    [InlineData("smtpd_relay_restrictions =\nsmtpd_recipient_restrictions =")]
    [InlineData("smtpd_relay_restrictions = permit, reject")]
    [InlineData("smtpd_relay_restrictions = warn_if_reject reject")]
    [InlineData("smtpd_restriction_classes = a, b\na = b, permit, reject\nb = a\nsmtpd_relay_restrictions = a, permit_mynetworks")]
    public void ServerThatRefusesNobody_DoesNotStart(string restrictions) =>
        Assert.StartsWith(
            "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: ",
            Assert.Throws<ConfigurationException>(() => new SmtpdFixture(restrictions)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("unknown_address_tempfail_action")]
    [InlineData("unknown_helo_hostname_tempfail_action")]
    [InlineData("unverified_sender_tempfail_action")]
    [InlineData("unverified_recipient_tempfail_action")]
    public void TempfailAction_ThatIsNone_IsRefused(string parameter) =>
        Assert.Equal($"bad configuration: {parameter} = permit", Assert.Throws<ConfigurationException>(() => new SmtpdFixture(parameter + " = permit")).Message);
}
