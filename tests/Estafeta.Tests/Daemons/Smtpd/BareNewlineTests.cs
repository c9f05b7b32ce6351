namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>smtpd_forbid_bare_newline in whole sessions: threats A01-A09.</summary>
public class BareNewlineTests
{
    public static TheoryData<string> Endings() =>
        ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r.\r", "\r.\n", "\n.\r", "\r\n.\r", "\r\n.\r\r\n", "\r\r\n.\r\r\n", "\r\n\0.\r\n", "\r\n.\0\r\n"];

    private const string Smuggled = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<root@mail.example.com>\r\nDATA\r\nevil\r\n.\r\n";

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Normalize_SeesOneMessage(string ending)
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = normalize");
        using var client = await SendAsync(server, "a" + ending + Smuggled);
        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.CommandAsync("QUIT"), StringComparison.Ordinal);
        Assert.Contains("evil", Assert.Single(server.Cleanup.Committed).Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Normalize_SeesOneMessageHoweverItArrives(string ending)
    {
        var text = "a" + ending + Smuggled;
        var cuts = text.Length - Smuggled.Length + 1;
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = normalize");
        for (var cut = 1; cut < cuts; cut++)
        {
            using var client = await SendAsync(server, text[..cut]);
            await client.SendAsync(text[cut..]);
            Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(cuts - 1, server.Cleanup.Committed.Count);
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Reject_TakesNothingWithBareNewlines(string ending)
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = reject");
        var hasBare = ending.Replace("\r\n", "", StringComparison.Ordinal).Contains('\n');
        using (var client = await SendAsync(server, "a" + ending + Smuggled))
        {
            var reply = await client.ReadReplyAsync();
            Assert.StartsWith(hasBare ? "550 5.5.2 mail.example.com Error: bare <LF> received" : "250 2.0.0 Ok: queued", reply, StringComparison.Ordinal);
            Assert.Equal(hasBare ? "" : "221 2.0.0 Bye", hasBare ? await client.ReadReplyAsync() : await client.CommandAsync("QUIT"));
        }

        Assert.Equal(hasBare ? 0 : 1, server.Cleanup.Committed.Count);
        Assert.Equal(hasBare, (await server.StopAsync()).Any(l => l.EndsWith(
            ": reject: DATA from unknown[127.0.0.1]: bare <LF> received; from=<a@b.example> to=<root@mail.example.com> proto=ESMTP helo=<x>", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\n.\n", 2)]
    [InlineData("\n.\r\n", 2)]
    [InlineData("\r\n.\n", 2)]
    [InlineData("\r.\r\n", 1)]
    [InlineData("\r\n.\r\r\n", 1)]
    public async Task No_TakesBareNewlinesAsLineEnds(string ending, int messages)
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = no\nsmtpd_forbid_unauth_pipelining = no");
        using var client = await SendAsync(server, "a" + ending + Smuggled);
        await client.SendAsync("QUIT\r\n");
        await client.ReadToEndAsync();
        Assert.Equal(messages, server.Cleanup.Committed.Count);
    }

    [Fact]
    public async Task Exclusions_AreTreatedAsNo()
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = reject\nsmtpd_forbid_bare_newline_exclusions = $mynetworks");
        using var client = await SendAsync(server, "a\nb\n.\n");
        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Note_LogsAndNormalizes()
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = note");
        using (var client = await SendAsync(server, "a\n.\nb\r\n.\r\n"))
        {
            Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        Assert.Equal("a\nb\n", Assert.Single(server.Cleanup.Committed).Body);
        Assert.Contains(await server.StopAsync(), l => l.Contains(": note: DATA from unknown[127.0.0.1]: bare <LF> received;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RejectedCommandLine_EndsTheSession()
    {
        await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = reject\nsmtpd_forbid_bare_newline_reject_code = 521");
        using var client = await server.ConnectAsync();
        await client.SendAsync("EHLO x\n");
        Assert.Equal("521 5.5.2 mail.example.com Error: bare <LF> received\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Chunk_WithBareNewlineIsRefusedByRejectOnly()
    {
        foreach (var (policy, reply) in new[] { ("normalize", "250 2.0.0 Ok: 12 bytes queued"), ("reject", "550 5.5.2 mail.example.com Error: bare <LF>") })
        {
            await using var server = new SmtpdFixture("smtpd_forbid_bare_newline = " + policy);
            using var client = await server.ConnectAsync();
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("MAIL FROM:<>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.SendAsync("BDAT 11 LAST\r\na\r\n.\r\n\0\nb\r\n");
            Assert.StartsWith(reply, await client.ReadReplyAsync(), StringComparison.Ordinal);
        }
    }

    private static async Task<SmtpdClient> SendAsync(SmtpdFixture server, string content)
    {
        var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("DATA");
        await client.SendAsync(content);
        return client;
    }
}
