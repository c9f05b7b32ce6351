using System.Text;
using Estafeta.Configuration;

namespace Estafeta.Tests.Daemons.Smtpd.Access;

/// <summary>The hints of COMPATIBILITY_README, as Postfix 3.7 logs them for the same sessions.</summary>
public sealed class OldDefaultTests
{
    private const string MainCf = """
        myhostname = mail.example.test
        mydomain = example.test
        mydestination = mail.example.test, dest.test
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        queue_directory = /tmp
        local_recipient_maps =
        alias_maps =
        smtpd_peername_lookup = no
        smtpd_authorized_xclient_hosts = 127.0.0.0/8
        transport_maps =
        smtpd_recipient_restrictions = check_recipient_access inline:{{bad@dest.test=REJECT}}, check_recipient_access inline:{{u@remote.test=OK}}, reject_unauth_destination
        """;

    private const string Beginning = "using backwards-compatible default setting ";

    [Fact]
    public async Task Rcpt_AtLevelZero_NamesTheDefaultsThatDecide()
    {
        var hints = await HintsAsync("compatibility_level = 0", Rcpt("u@dest.test"), Rcpt("u@sub.dest.test"), Rcpt("u@remote.test"), Rcpt("bad@dest.test"));

        Assert.Equal(
            [
                "relay_domains=$mydestination to accept mail for domain \"sub.dest.test\"",
                "relay_domains=$mydestination to accept mail for domain \"sub.dest.test\"",
                "relay_domains=$mydestination to accept mail for address \"u@sub.dest.test\"",
                "\"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\" error for recipient \"u@remote.test\" from client \"c.remote.test[192.0.2.1]\"",
                "smtpd_relay_before_recipient_restrictions=no to reject recipient \"bad@dest.test\" from client \"c.remote.test[192.0.2.1]\"",
            ],
            hints);
    }

    [Fact]
    public async Task Rcpt_AtLevelTwo_NamesOnlyLaterChanges()
    {
        var hints = await HintsAsync("compatibility_level = 2", Rcpt("u@dest.test"), Rcpt("u@sub.dest.test"), Rcpt("u@remote.test"), Rcpt("bad@dest.test"));

        Assert.Equal(
            [
                "smtpd_relay_before_recipient_restrictions=no to reject recipient \"u@sub.dest.test\" from client \"c.remote.test[192.0.2.1]\"",
                "smtpd_relay_before_recipient_restrictions=no to reject recipient \"bad@dest.test\" from client \"c.remote.test[192.0.2.1]\"",
            ],
            hints);
    }

    [Fact]
    public async Task NonAsciiAddress_WithoutSmtputf8_IsNamed()
    {
        var hints = await HintsAsync("compatibility_level = 0", "RSET", Octets("MAIL FROM:<p\u00e9l@x.test>"), Octets(Rcpt("r\u00e9@dest.test")));

        Assert.Equal(
            [
                "smtputf8_enable=no to accept non-ASCII sender address \"p\u00e9l@x.test\" from c.remote.test[192.0.2.1]",
                "smtputf8_enable=no to accept non-ASCII recipient address \"r\u00e9@dest.test\" from c.remote.test[192.0.2.1]",
            ],
            hints);
    }

    [Fact]
    public async Task OneLabelDomain_IsCompleted_AndNamed()
    {
        var hints = await HintsAsync("compatibility_level = 0", "RSET", "MAIL FROM:<a@foo>", Rcpt("u@localhost"));

        Assert.Contains("append_dot_mydomain=yes to rewrite \"foo\" to \"foo.example.test\"", hints);
        Assert.Contains(
            "append_dot_mydomain=yes to rewrite \"localhost\" to \"localhost.example.test\"; please add \"localhost\" to mydestination or other address class", hints);
    }

    [Theory]
    [InlineData("compatibility_level = 3.12")]
    [InlineData("compatibility_level = 0\nrelay_domains = $mydestination\nsmtpd_relay_restrictions =\nsmtpd_relay_before_recipient_restrictions = no\nsmtputf8_enable = no\nappend_dot_mydomain = yes\nmynetworks_style = subnet")]
    public async Task DefaultsThatAreSetOrCurrent_AreNotNamed(string lines)
    {
        Assert.Empty(await HintsAsync(lines, Rcpt("u@sub.dest.test"), Rcpt("u@remote.test"), Rcpt("bad@dest.test"), Rcpt("u@foo")));
    }

    [Fact]
    public async Task Client_InTheSubnetOnly_IsNamed()
    {
        var hints = await HintsOfAsync(
            "compatibility_level = 1\nsmtpd_relay_restrictions = reject_unauth_destination\nsmtpd_client_restrictions = permit_mynetworks", "127.0.0.9", Rcpt("u@dest.test"));

        Assert.Equal(["mynetworks_style=subnet to permit request from client \"c.remote.test[127.0.0.9]\""], hints);
    }

    // The client sends a character an octet.
    private static string Octets(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Rcpt(string address) => $"RCPT TO:<{address}>";

    private static Task<List<string>> HintsAsync(string lines, params string[] commands) => HintsOfAsync(lines, "192.0.2.1", commands);

    private static async Task<List<string>> HintsOfAsync(string lines, string address, params string[] commands)
    {
        await using var fixture = new SmtpdFixture(adjust: context => context with { Parameters = ParameterSet.Parse(MainCf + "\n" + lines) });
        _ = await fixture.ConverseAsync([$"XCLIENT NAME=c.remote.test ADDR={address}", "EHLO x.test", "MAIL FROM:<a@b.test>", .. commands, "QUIT"]);
        var log = await fixture.StopAsync();
        return [.. log.Where(line => line.Contains(Beginning, StringComparison.Ordinal)).Select(line => line[(line.IndexOf(Beginning, StringComparison.Ordinal) + Beginning.Length)..])];
    }
}
