using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What a before-queue filter is sent. Replies and log lines: Transcripts/proxy.txt.</summary>
public sealed class ProxyFilterTests
{
    private const string Ehlo = "250-filter\n250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\n250 8BITMIME";

    [Theory]
    [InlineData("")]
    [InlineData("smtpd_proxy_options = speed_adjust")]
    public async Task Filter_IsToldOfClientEnvelopeAndContent(string options)
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:own\nknown_tcp_ports = own={filter.Port}\nsmtpd_proxy_ehlo = me.example\nsmtpd_authorized_xclient_hosts = 127.0.0.1\n{options}");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("XCLIENT NAME=c.example ADDR=10.1.2.3 PORT=77");
            await client.CommandAsync("EHLO h.example");
            await client.CommandAsync("MAIL FROM:a@b.example SIZE=100 BODY=8BITMIME RET=HDRS");
            await client.CommandAsync("RCPT TO:<r@relay.example> NOTIFY=NEVER");
            await client.CommandAsync("DATA");
            Assert.Equal("250 2.0.0 Ok: queued as ABC", await client.CommandAsync("Subject: x\r\n\r\n..dot\r\n.\rcr\r\nbare\nend\r\n."));
            await client.CommandAsync("QUIT");
        }

        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.Equal(
            "EHLO me.example\nXFORWARD NAME=c.example ADDR=10.1.2.3 PORT=77 HELO=h.example IDENT=[UNAVAILABLE] PROTO=ESMTP SOURCE=REMOTE\n"
            + "MAIL FROM:a@b.example SIZE=100 BODY=8BITMIME RET=HDRS\nRCPT TO:<r@relay.example> NOTIFY=NEVER\nDATA\n.\nQUIT",
            filter.Commands);
        Assert.StartsWith("Received: from h.example (c.example [10.1.2.3])\r\n\tby mail.example.com (Postfix) with ESMTP\r\n\tfor <r@relay.example>; ", filter.Content, StringComparison.Ordinal);
        Assert.Equal("..dot\r\n cr\r\nbare\r\nend\r\n", filter.Content.Split("\r\n\r\n", 2)[1]);
        Assert.Empty(server.Cleanup.Committed);
    }

    [Fact]
    public async Task ForwardedClient_IsPassedOn_AndNoHopIsAdded()
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:{filter.Port}\nsmtpd_authorized_xforward_hosts = 127.0.0.1");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO h");
            await client.CommandAsync("XFORWARD NAME=orig.example ADDR=10.9.8.7 PORT=99 PROTO=SMTP HELO=orighelo IDENT=ABC SOURCE=LOCAL");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<r@relay.example>");
            await client.CommandAsync("DATA");
            await client.CommandAsync("body\r\n.");
        }

        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.Contains("XFORWARD NAME=orig.example ADDR=10.9.8.7 PORT=99 HELO=orighelo IDENT=ABC PROTO=SMTP SOURCE=LOCAL\n", filter.Commands);
        Assert.Equal("body\r\n", filter.Content);
    }

    [Fact]
    public async Task FilterThatWantsNoForwarding_GetsNone()
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", "250 filter");
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = inet:127.0.0.1:{filter.Port}");
        await server.ConverseAsync("EHLO h", "MAIL FROM:<a@b.example>", "RCPT TO:<r@relay.example>", "QUIT");
        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.Equal("EHLO mail.example.com\nMAIL FROM:<a@b.example>\nRCPT TO:<r@relay.example>\nQUIT", filter.Commands);
    }

    /// <summary>A11: whatever the client's line ends are, the filter sees CRLF and nothing else of CR and LF, and one message.</summary>
    [Theory]
    [InlineData("normalize", "")]
    [InlineData("normalize", "smtpd_proxy_options = speed_adjust")]
    [InlineData("no", "")]
    [InlineData("no", "smtpd_proxy_options = speed_adjust")]
    public async Task FalseEnds_ReachTheFilterAsContent(string policy, string options)
    {
        foreach (var ending in BareNewlineTests.Endings().Select(e => e.Data).Where(e => policy == "normalize" || e is not ("\n.\n" or "\n.\r\n" or "\r\n.\n")))
        {
            await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
            await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:{filter.Port}\nsmtpd_forbid_bare_newline = {policy}\n{options}");
            using (var client = await server.ConnectAsync())
            {
                await client.CommandAsync("EHLO h");
                await client.CommandAsync("MAIL FROM:<a@b.example>");
                await client.CommandAsync("RCPT TO:<r@relay.example>");
                await client.CommandAsync("DATA");
                Assert.StartsWith("250 ", await client.CommandAsync($"a{ending}MAIL FROM:<evil@x.example>\r\nb\rc\nd\r\n."), StringComparison.Ordinal);
            }

            await server.StopAsync();
            await filter.ClientsGoneAsync();
            Assert.Equal(1, filter.Transcript.Count(l => l == "DATA"));
            Assert.Contains("MAIL FROM:<evil@x.example>\r\n", filter.Content, StringComparison.Ordinal);
            Assert.Equal(-1, filter.Content.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n'));
        }
    }

    /// <summary>E07: what is made of `From ` lines counts, too.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("smtpd_proxy_options = speed_adjust")]
    public async Task MailboxSeparatorsWithoutEnd_AreTooMuchForTheFilter_Too(string options)
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:{filter.Port}\nmessage_size_limit = 10000\n{options}");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        await client.CommandAsync("RCPT TO:<r@relay.example>");
        await client.CommandAsync("DATA");
        await client.SendAsync(string.Concat(Enumerable.Repeat("From \r\n", 100_000)) + ".\r\n");
        Assert.Equal("552 5.3.4 Error: message file too big", await client.ReadReplyAsync());
        Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task LongMessage_WaitsForTheFilterInAFile()
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:{filter.Port}\nsmtpd_proxy_options = speed_adjust");
        var line = new string('x', 76) + "\r\n";
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO h");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<r@relay.example>");
            await client.CommandAsync("DATA");
            var content = string.Concat(Enumerable.Repeat(line, 10_000));
            Assert.Equal("250 2.0.0 Ok: queued as ABC", await client.CommandAsync("Subject: long\r\n\r\n" + content + "."));
        }

        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.EndsWith("Subject: long\r\n\r\n" + string.Concat(Enumerable.Repeat(line, 10_000)), filter.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LostClient_LeavesNothingBehind_AndNoQuitInTheMiddleOfData()
    {
        await using var filter = new ScriptedSmtpServer().On("EHLO", Ehlo);
        await using var server = new SmtpdFixture($"smtpd_proxy_filter = 127.0.0.1:{filter.Port}");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO h");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<r@relay.example>");
            await client.CommandAsync("DATA");
            await client.SendAsync("half a mess");
        }

        await server.StopAsync();
        await filter.ClientsGoneAsync();
        Assert.DoesNotContain("QUIT", string.Join('\n', filter.Transcript));
    }
}
