namespace Estafeta.Tests.Daemons.Smtpd;

public class SmtpdSessionTests
{
    [Fact]
    public async Task Message_IsPassedToCleanupAndAcknowledged()
    {
        await using var server = new SmtpdFixture();
        var replies = await server.ConverseAsync(
            "EHLO client.example",
            "MAIL FROM:<a@example.net>",
            "RCPT TO:<b@mail.example.com>",
            "DATA",
            "Subject: x\r\n\r\n..dots\r\n.",
            "QUIT");

        Assert.EndsWith(
            "250 2.1.0 Ok\n250 2.1.5 Ok\n354 End data with <CR><LF>.<CR><LF>\n250 2.0.0 Ok: queued as 1234510000\n221 2.0.0 Bye\n",
            replies,
            StringComparison.Ordinal);
        var message = Assert.Single(server.Cleanup.Committed);
        Assert.Equal("a@example.net", message.Request.Sender);
        Assert.Equal("b@mail.example.com", Assert.Single(message.Recipients).Address);
        Assert.Equal("Subject: x\n\n.dots\n", message.Body);
        Assert.StartsWith(
            "Received: from client.example (unknown [127.0.0.1])\n\tby mail.example.com (Postfix) with ESMTP id 1234510000\n\tfor <b@mail.example.com>; ",
            message.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_LogsAsPostfixDoes()
    {
        await using var server = new SmtpdFixture();
        await server.ConverseAsync("EHLO client.example", "MAIL FROM:<a@example.net>", "RCPT TO:<b@mail.example.com>", "DATA", "\r\nx\r\n.", "QUIT");
        Assert.Equal(
            [
                "connect from unknown[127.0.0.1]",
                "1234510000: client=unknown[127.0.0.1]",
                "disconnect from unknown[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
            ],
            await server.StopAsync());
    }

    [Fact]
    public async Task Ehlo_AnnouncesInPostfixOrder()
    {
        await using var server = new SmtpdFixture();
        Assert.Equal(
            "250-mail.example.com\n250-PIPELINING\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250 CHUNKING\n",
            await server.ConverseAsync("EHLO x"));
    }

    [Fact]
    public async Task PipelinedGroup_IsAnsweredInOrder()
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.SendAsync("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@elsewhere.example>\r\nRCPT TO:<>\r\nRCPT TO:<d@mail.example.com>\r\nDATA\r\n");
        Assert.Equal("250 2.1.0 Ok", await client.ReadReplyAsync());
        Assert.Equal("250 2.1.5 Ok", await client.ReadReplyAsync());
        Assert.Equal("501 5.1.3 Bad recipient address syntax", await client.ReadReplyAsync());
        Assert.Equal("250 2.1.5 Ok", await client.ReadReplyAsync());
        Assert.StartsWith("354 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("x: y\r\n\r\nbody\r\n.\r\nQUIT\r\n");
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("221 2.0.0 Bye", await client.ReadReplyAsync());
        Assert.Equal(2, server.Cleanup.Committed[0].Recipients.Count);
    }

    [Theory]
    [InlineData("HELO x\r\nMAIL FROM:<a@b.example>\r\n", "HELO", "MAIL FROM:<a@b.example>\\r\\n")]
    [InlineData("EHLO x\nfoo\r\n", "EHLO", "foo\\r\\n")]
    public async Task CommandAfterCommandThatEndsItsGroup_EndsTheSession(string sent, string after, string early)
    {
        await using var server = new SmtpdFixture();
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync(sent);
            Assert.Equal("554 5.5.0 Error: SMTP protocol synchronization\n", await client.ReadToEndAsync());
        }

        Assert.Contains($"improper command pipelining after {after} from unknown[127.0.0.1]: {early}", await server.StopAsync());
    }

    [Fact]
    public async Task UnknownCommands_EndTheSessionAtTheHardLimit()
    {
        await using var server = new SmtpdFixture("smtpd_hard_error_limit = 3");
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("A\r\nB\r\nC\r\nD\r\n");
            Assert.Equal(
                "500 5.5.2 Error: command not recognized\n500 5.5.2 Error: command not recognized\n500 5.5.2 Error: command not recognized\n"
                + "421 4.7.0 mail.example.com Error: too many errors\n",
                await client.ReadToEndAsync());
        }

        var log = await server.StopAsync();
        Assert.Contains("NOQUEUE: too many errors after UNKNOWN from unknown[127.0.0.1]", log);
        Assert.Contains("disconnect from unknown[127.0.0.1] unknown=0/3 commands=0/3", log);
    }

    [Fact]
    public async Task LostConnectionInData_QueuesNothing()
    {
        await using var server = new SmtpdFixture();
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("HELO x");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.CommandAsync("DATA");
            await client.SendAsync("abc\r\n");
            client.EndSending();
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.Contains("1234510000: lost connection after DATA (5 bytes) from unknown[127.0.0.1]", await server.StopAsync());
        Assert.Empty(server.Cleanup.Committed);
        Assert.Equal(1, server.Cleanup.Cancelled);
        Assert.Equal(0, server.Cleanup.Open);
    }
}
