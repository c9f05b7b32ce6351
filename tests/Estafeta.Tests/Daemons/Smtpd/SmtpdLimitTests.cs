using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Time, length and size limits, and trouble with cleanup.</summary>
public class SmtpdLimitTests
{
    [Fact]
    public async Task SilentClient_IsToldAndDisconnected()
    {
        var time = new ManualTime();
        await using var server = new SmtpdFixture("smtpd_timeout = 30s", time);
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO x");
            await AdvanceUntilAsync(time, client, "421 4.4.2 mail.example.com Error: timeout exceeded");
            Assert.Equal("", await client.ReadReplyAsync());
        }

        Assert.Contains("NOQUEUE: timeout after EHLO from unknown[127.0.0.1]", await server.StopAsync());
    }

    [Fact]
    public async Task SlowClient_MeetsThePerRequestDeadline()
    {
        // Every octet comes in time, the command does not.
        var time = new ManualTime();
        await using var server = new SmtpdFixture("smtpd_timeout = 10s\nsmtpd_per_request_deadline = yes", time);
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 9; i++)
        {
            await client.SendAsync("X");
            time.Advance(TimeSpan.FromSeconds(1));
        }

        // What is sent behind the reply would be answered by a reset, which takes the reply with it.

        await AdvanceUntilAsync(time, client, "421 4.4.2 mail.example.com Error: timeout exceeded");
    }

    /// <summary>What comes buys time: enough of it is let through, however long the whole takes.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(100_000_000)]
    public async Task DataRate_OfTheMinimum_ExtendsThePerRequestDeadline(int rate)
    {
        var time = new ManualTime();
        await using var server = new SmtpdFixture($"smtpd_timeout = 10s\nsmtpd_per_request_deadline = yes\nsmtpd_min_data_rate = {rate}", time);
        using var client = await OpenDataAsync(server);
        var step = string.Concat(Enumerable.Repeat("0123456789\r\n", 20_000));
        for (var taken = 0; rate == 1000 && taken < 5; taken++)
        {
            var written = server.Cleanup.Written;
            await client.SendAsync(step);
            await UntilAsync(() => server.Cleanup.Written > written);
            time.Advance(TimeSpan.FromSeconds(9));
        }

        if (rate == 1000)
        {
            Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.CommandAsync("."), StringComparison.Ordinal);
            return;
        }

        await client.SendAsync(step);
        await AdvanceUntilAsync(time, client, "421 4.4.2 mail.example.com Error: timeout exceeded");
    }

    [Theory]
    [InlineData(2100)]
    [InlineData(5000)]
    [InlineData(1_000_000)]
    public async Task LongLine_CountsUpToTheLimit(int length)
    {
        await using var server = new SmtpdFixture();
        using (var client = await server.ConnectAsync())
        {
            Assert.Equal("250 2.0.0 Ok", await client.CommandAsync("NOOP " + new string('a', length)));
            Assert.Equal("250 mail.example.com", await client.CommandAsync("HELO x"));
        }

        Assert.Contains(
            "warning: unknown[127.0.0.1]: request longer than 2048: NOOP aaaaaaaaaaaaaaaaaaaaaaaaa...", await server.StopAsync());
    }

    [Fact]
    public async Task LargeMessage_PassesInPieces()
    {
        await using var server = new SmtpdFixture();
        using var client = await OpenDataAsync(server);
        var line = new string('x', 77) + "\r\n";
        var body = string.Concat(Enumerable.Repeat(line, 20_000));
        await client.SendAsync(body + ".\r\n");
        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(body.Replace("\r\n", "\n", StringComparison.Ordinal), server.Cleanup.Committed[0].Body);
    }

    [Theory]
    [InlineData("SIZE=0")]
    [InlineData("")]
    public async Task MessageBeyondTheLimit_IsRefusedAtItsEnd(string lie)
    {
        await using var server = new SmtpdFixture("message_size_limit = 1000");
        using (var client = await OpenDataAsync(server, lie))
        {
            await client.SendAsync(string.Concat(Enumerable.Repeat("0123456789\r\n", 100_000)) + ".\r\n");
            Assert.Equal("552 5.3.4 Error: message file too big", await client.ReadReplyAsync());
            Assert.Equal("250 2.1.0 Ok", await client.CommandAsync("MAIL FROM:<>"));
        }

        // Cleanup has got the beginning, to log whose it was, and not much more.
        Assert.Equal(1, server.Cleanup.TooBig);
        Assert.InRange(server.Cleanup.Written, 1, 100_000);
        Assert.Empty(server.Cleanup.Committed);
        Assert.Contains("warning: 1234510000: queue file size limit exceeded", await server.StopAsync());
    }

    [Theory]
    [InlineData(CleanupOutcome.Rejected, "5.7.1 bad subject", "550 5.7.1 bad subject")]
    [InlineData(CleanupOutcome.Rejected, "451 4.7.1 try again", "451 4.7.1 try again")]
    [InlineData(CleanupOutcome.Rejected, "", "550 5.7.1 Error: message content rejected")]
    [InlineData(CleanupOutcome.TooBig, "", "552 5.3.4 Error: message file too big")]
    [InlineData(CleanupOutcome.TooManyHops, "", "554 5.4.0 Error: too many hops")]
    [InlineData(CleanupOutcome.NoSpace, "", "452 4.3.1 Insufficient system storage")]
    [InlineData(CleanupOutcome.WriteError, "", "451 4.3.0 Error: queue file write error")]
    [InlineData(CleanupOutcome.Temporary, "", "451 4.3.0 Error: queue file write error")]
    public async Task Refusal_OfCleanupIsPassedOn(CleanupOutcome outcome, string text, string reply)
    {
        await using var server = new SmtpdFixture();
        server.Cleanup.Answer = new CleanupResult(outcome, text);
        using var client = await OpenDataAsync(server);
        await client.SendAsync("x\r\n.\r\n");
        Assert.Equal(reply, await client.ReadReplyAsync());
        Assert.Equal("503 5.5.1 Error: need RCPT command", await client.CommandAsync("DATA"));
    }

    [Fact]
    public async Task CleanupDown_DefersRecipients()
    {
        await using var server = new SmtpdFixture();
        server.Cleanup.RefusesToOpen = true;
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<>");
        Assert.Equal("451 4.3.0 Error: queue file write error", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
    }

    [Fact]
    public async Task CleanupLostInData_DefersTheMessage()
    {
        await using var server = new SmtpdFixture();
        server.Cleanup.FailsAfter = 1000;
        using var client = await OpenDataAsync(server);
        await client.SendAsync(string.Concat(Enumerable.Repeat("0123456789\r\n", 100_000)) + ".\r\n");
        Assert.Equal("451 4.3.0 Error: queue file write error", await client.ReadReplyAsync());
        Assert.Empty(server.Cleanup.Committed);
        Assert.Equal(0, server.Cleanup.Open);
    }

    [Theory]
    [InlineData(">From me\r\nFrom you\r\n hello\r\n", "X-Mailbox-Line: >From me\nX-Mailbox-Line: From you\n\n hello\n")]
    [InlineData(" starts with space\r\n", "\n starts with space\n")]
    [InlineData("\tstarts with tab\r\n", "\n\tstarts with tab\n")]
    [InlineData("From: a\r\n", "From: a\n")]
    [InlineData("Fro\r\n", "Fro\n")]
    [InlineData("", "")]
    [InlineData(">>>\r\n", ">>>\n")]
    public async Task TopOfContent_CannotChangeOurHeader(string sent, string kept)
    {
        await using var server = new SmtpdFixture();
        for (var cut = 0; cut <= sent.Length; cut++)
        {
            using var client = await OpenDataAsync(server);
            await client.SendAsync(sent[..cut]);
            await client.SendAsync(sent[cut..] + ".\r\n");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.Equal(kept, server.Cleanup.Committed[^1].Body);
        }
    }

    [Theory]
    [InlineData(">", ">\n")]
    [InlineData("Fro", "Fro\n")]
    [InlineData("From x", "X-Mailbox-Line: From x\n")]
    [InlineData(">\r", ">\r\n")]
    public async Task TopOfChunksWithoutLineEnd_GetsItsEndBehindIt(string sent, string kept)
    {
        await using var server = new SmtpdFixture();
        for (var cut = 1; cut <= sent.Length; cut++)
        {
            using var client = await server.ConnectAsync();
            await client.CommandAsync("EHLO x");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.SendAsync($"BDAT {cut}\r\n{sent[..cut]}");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            await client.SendAsync($"BDAT {sent.Length - cut} LAST\r\n{sent[cut..]}");
            Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.Equal(kept, server.Cleanup.Committed[^1].Body);
        }
    }

    [Fact]
    public async Task MailboxSeparatorsWithoutEnd_CountAgainstTheSizeLimit()
    {
        await using var server = new SmtpdFixture("message_size_limit = 10000");
        using var client = await OpenDataAsync(server);
        await client.SendAsync(string.Concat(Enumerable.Repeat("From \r\n", 100_000)) + ".\r\n");
        Assert.Equal("552 5.3.4 Error: message file too big", await client.ReadReplyAsync());
    }

    private static async Task<SmtpdClient> OpenDataAsync(SmtpdFixture server, string parameters = "")
    {
        var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        Assert.StartsWith("250", await client.CommandAsync("MAIL FROM:<a@b.example> " + parameters), StringComparison.Ordinal);
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await client.CommandAsync("DATA");
        return client;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var patience = TimeSpan.FromSeconds(60);
        for (var start = TimeProvider.System.GetTimestamp(); !condition() && TimeProvider.System.GetElapsedTime(start) < patience;)
        {
            await Task.Delay(5);
        }

        Assert.True(condition());
    }

    // The server arms its deadline at some moment after our last word: advance until it has seen it.
    private static async Task AdvanceUntilAsync(ManualTime time, SmtpdClient client, string reply)
    {
        var reading = client.ReadReplyAsync();
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(reply, await reading);
    }
}
