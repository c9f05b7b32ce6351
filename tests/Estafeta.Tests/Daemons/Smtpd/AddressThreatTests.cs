using Estafeta.Services.Logging;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Addresses and names made to harm (docs/threats.md, D and E): each is refused, or taken as the text it is; the server goes on.</summary>
public sealed class AddressThreatTests
{
    /// <summary>D01, D02, D04: nothing in an address is a command.</summary>
    [Theory]
    [InlineData("<;id>")]
    [InlineData("<;id@>")]
    [InlineData("<@>")]
    [InlineData("<\"$(id)\"@localhost>")]
    [InlineData("<`id`@localhost>")]
    [InlineData("<\"|cmd\"@localhost>")]
    [InlineData("<|cmd@localhost>")]
    [InlineData("<\"a\\\nb\"@localhost>")]
    [InlineData("<${run{/bin/sh}}@localhost>")]
    [InlineData("<$recipient@localhost>")]
    [InlineData("<\"aabbb$(curl${IFS}x)\"@localhost>")]
    [InlineData("<-oQ/tmp@localhost>")]
    [InlineData("<user+../../../etc/x@localhost>")]
    [InlineData("<\"x' OR 1=1 --\"@localhost>")]
    public async Task CommandInAnAddress_IsTextOrRefused(string path)
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        var reply = await client.CommandAsync("RCPT TO:" + path);
        if (reply.StartsWith("250", StringComparison.Ordinal))
        {
            await client.CommandAsync("DATA");
            await client.SendAsync("x\r\n.\r\n");
            Assert.StartsWith("250", await client.ReadReplyAsync(), StringComparison.Ordinal);
            var local = Assert.Single(Assert.Single(server.Cleanup.Committed).Recipients).Address;

            // A semicolon ends a group that never began, as in Postfix; all else is text.
            Assert.Equal(path.Replace("\"", "", StringComparison.Ordinal)[1..^1].TrimStart(';'), path.Contains("@l", StringComparison.Ordinal) ? local : local.Replace("@localhost", "", StringComparison.Ordinal));
        }
        else
        {
            Assert.Matches("^(50[01]|55[0-9]) ", reply);
        }

        await AssertAliveAsync(server);
    }

    /// <summary>D03: no line end gets into the envelope by way of xtext, nor into the log.</summary>
    [Theory]
    [InlineData("MAIL FROM:<a@b.example> ENVID=+0D+0Ax", "501 5.5.4 ")]
    [InlineData("MAIL FROM:<a@b.example> AUTH=a+0Ab", "555 5.5.4 ")] // no AUTH here
    [InlineData("RCPT TO:<u@localhost> ORCPT=rfc822;a+0Ab", "501 5.5.4 ")]
    [InlineData("RCPT TO:<u@localhost> ORCPT=rfc822;a+00b", "501 5.5.4 ")]
    public async Task ControlsInXtext_AreRefused(string command, string start)
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        if (command.StartsWith("RCPT", StringComparison.Ordinal))
        {
            await client.CommandAsync("MAIL FROM:<>");
        }

        Assert.StartsWith(start, await client.CommandAsync(command), StringComparison.Ordinal);
    }

    /// <summary>D03: AUTH= is kept as it came, and never decoded.</summary>
    [Fact]
    public async Task XtextOfAuth_StaysEncoded()
    {
        await using var peers = new TranscriptPeers();
        await using var server = new SmtpdFixture(peers.Expand("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {dovecot}"));
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        Assert.StartsWith("250", await client.CommandAsync("MAIL FROM:<a@b.example> AUTH=a+0Ab"), StringComparison.Ordinal);
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("DATA");
        Assert.StartsWith("250", await client.CommandAsync("x\r\n."), StringComparison.Ordinal);
        Assert.Equal("a+0Ab", Assert.Single(server.Cleanup.Committed).Request.Client.SaslSender);
    }

    /// <summary>D05: syntax that made others loop.</summary>
    [Theory]
    [InlineData("<.!@a>")]
    [InlineData("<!>")]
    [InlineData("<a!b!c@d>")]
    [InlineData("<%>")]
    [InlineData("<@a,@b:c@d>")]
    [InlineData("<%%%%%%%%%%>")]
    [InlineData("<!!!!!!@!!!>")]
    [InlineData("<a%b%c%d%e%f@localhost>")]
    [InlineData("<@localhost,@localhost,@localhost:a@localhost>")]
    public async Task RoutingPuzzle_IsAnsweredAtOnce(string path)
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        Assert.Matches("^[245]", await client.CommandAsync("MAIL FROM:" + path));
        await client.CommandAsync("RSET");
        await client.CommandAsync("MAIL FROM:<>");
        Assert.Matches("^[245]", await client.CommandAsync("RCPT TO:" + path));
        await AssertAliveAsync(server);
    }

    /// <summary>D09: parts that are too long, literals with a scope.</summary>
    [Theory]
    [InlineData("[IPv6:::1%eth0]")]
    [InlineData("[IPv6:fe80::1%25eth0]")]
    [InlineData("[IPv6:]")]
    [InlineData("[]")]
    [InlineData("[1.2.3]")]
    [InlineData("[999.1.1.1]")]
    public async Task OddLiteral_IsRefused(string domain)
    {
        await using var server = new SmtpdFixture();
        Assert.Contains("\n501 5.1.7 ", await server.ConverseAsync("EHLO h", $"MAIL FROM:<a@{domain}>"), StringComparison.Ordinal);
        await AssertAliveAsync(server);
    }

    [Theory]
    [InlineData(65, 10, 1)]
    [InlineData(1000, 10, 1)]
    [InlineData(10, 64, 1)]
    [InlineData(10, 63, 5)]
    [InlineData(10, 60, 16)]
    public async Task LongAddress_IsRefusedOrKept(int user, int label, int labels)
    {
        await using var server = new SmtpdFixture();
        var domain = string.Join('.', Enumerable.Repeat(new string('d', label), labels)) + ".example";
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h");
        var reply = await client.CommandAsync($"MAIL FROM:<{new string('u', user)}@{domain}>");
        Assert.Matches(label > 63 || domain.Length > 255 ? "^501 5.1.7 " : "^(250|501) ", reply);
        await AssertAliveAsync(server);
    }

    /// <summary>D10: forms that made others relay.</summary>
    [Theory]
    [InlineData("<user%ext.example@mail.example.com>")]
    [InlineData("<user%ext.example>")]
    [InlineData("<@mail.example.com:user@ext.example>")]
    [InlineData("<@mail.example.com,@localhost:user@ext.example>")]
    [InlineData("<\"user@ext.example\"@mail.example.com>")]
    [InlineData("<\"user@ext.example\">")]
    [InlineData("<\"user%ext.example\"@mail.example.com>")]
    [InlineData("<\"user%ext.example\">")]
    [InlineData("<ext.example!user@mail.example.com>")]
    [InlineData("<ext.example!user>")]
    [InlineData("<mail.example.com!ext.example!user>")]
    [InlineData("<user@ext.example@mail.example.com>")]
    [InlineData("<user%ext.example@[127.0.0.1]>")]
    [InlineData("<\"user@ext.example\"@[127.0.0.1]>")]
    [InlineData("<@[127.0.0.1]:user@ext.example>")]
    [InlineData("<user@ext.example>")]
    [InlineData("<user%ext.example%relay.example@mail.example.com>")]
    [InlineData("<user@ext.example%relay.example>")]
    [InlineData("<relay.example!user@ext.example>")]
    [InlineData("<@relay.example:user@ext.example>")]
    [InlineData("<user%ext.example@relay.example>")]
    [InlineData("<\"user@ext.example\"@relay.example>")]
    [InlineData("<ext.example!user@relay.example>")]
    [InlineData("<user@[192.0.2.9]>")]
    [InlineData("<user@192.0.2.9>")]
    public async Task RelayAttempt_IsDenied(string path)
    {
        await using var server = new SmtpdFixture("mynetworks = 192.0.2.77");
        var replies = await server.ConverseAsync("EHLO h", "MAIL FROM:<a@b.example>", "RCPT TO:" + path);
        Assert.Matches("(\n554 5.7.1 .*: Relay access denied|\n501 5.1.3 Bad recipient address syntax)\n$", replies);
    }

    /// <summary>D14: no culture of the machine changes how text is compared.</summary>
    [Fact]
    public void Culture_IsInvariantWhateverTheMachineSays()
    {
        // There is no other culture to be had (InvariantGlobalization).
        Assert.Throws<System.Globalization.CultureNotFoundException>(static () => new System.Globalization.CultureInfo("tr-TR", useUserOverride: false));
        Assert.Equal("title", "TITLE".ToLower(System.Globalization.CultureInfo.CurrentCulture));
    }

    /// <summary>E11: what a client says cannot start a line in the log, nor move a cursor.</summary>
    [Theory]
    [InlineData("EHLO x\x1b[2J\a")]
    [InlineData("EHLO a\rNOQUEUE: fake")]
    [InlineData("MAIL FROM:<\x1b[2J@b.example>")]
    [InlineData("MAIL FROM:<\"a\rb\"@b.example>")]
    [InlineData("RCPT TO:<\x1b]0;t\a@localhost>")]
    [InlineData("VRFY \x1b[2J")]
    [InlineData("\x1b[2J")]
    [InlineData("AUTH PLAIN \x1b[2J")]
    [InlineData("ETRN \x1b[2J")]
    [InlineData("EHLO a\xe2\x80\xaeb")]
    [InlineData("RCPT TO:<a\xe2\x80\xaeb@localhost>")]
    public async Task Controls_StayOutOfTheLog(string command)
    {
        await using var server = new SmtpdFixture("smtpd_recipient_restrictions = reject");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO h");
            await client.CommandAsync("MAIL FROM:<>");
            await client.CommandAsync(command);
        }

        foreach (var line in await server.StopAsync())
        {
            var octets = new byte[4096];
            var length = LogText.Encode(line, octets, allowUtf8: true);
            Assert.Equal(-1, octets.AsSpan(0, length).IndexOfAnyInRange((byte)0, (byte)31));
            Assert.DoesNotContain('\u202E', System.Text.Encoding.UTF8.GetString(octets, 0, length));
        }
    }

    /// <summary>E13: what is no UTF-8 is no command; what is must be declared or is at least kept.</summary>
    [Theory]
    [InlineData("MAIL FROM:<\xc0\xaf@b.example> SMTPUTF8")]
    [InlineData("MAIL FROM:<\xed\xa0\x80@b.example> SMTPUTF8")]
    [InlineData("MAIL FROM:<\xf4\x90\x80\x80@b.example> SMTPUTF8")]
    [InlineData("MAIL FROM:<a@\xff.example> SMTPUTF8")]
    [InlineData("EHLO \xff")]
    public async Task BadUtf8_IsRefused(string command)
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h");
        Assert.StartsWith("500 5.5.2 ", await client.CommandAsync(command), StringComparison.Ordinal);
        await AssertAliveAsync(server);
    }

    [Fact]
    public async Task Utf8Address_Undeclared_IsRefusedWhenStrict()
    {
        await using var server = new SmtpdFixture("strict_smtputf8 = yes");
        var replies = await server.ConverseAsync("EHLO h", "MAIL FROM:<\xc3\xbc@b.example>");
        Assert.EndsWith("\n553 5.6.7 Must declare SMTPUTF8 to send unicode address\n", replies, StringComparison.Ordinal);
    }

    private static async Task AssertAliveAsync(SmtpdFixture server)
    {
        using var client = await server.ConnectAsync();
        Assert.StartsWith("250", await client.CommandAsync("EHLO alive.example"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.CommandAsync("MAIL FROM:<>"), StringComparison.Ordinal);
    }
}
