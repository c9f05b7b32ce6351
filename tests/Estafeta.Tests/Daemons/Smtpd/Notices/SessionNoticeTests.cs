using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Smtpd.Notices;

/// <summary>notify_classes: the transcript of a session with errors is mailed to the postmaster, in Postfix's words.</summary>
public class SessionNoticeTests
{
    private const string Settings = "error_notice_recipient = notice@mail.example.com\nbounce_notice_recipient = bounces@mail.example.com\n";

    [Fact]
    public async Task ProtocolErrors_AreTold_AsPostfixTellsThem()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = protocol, policy");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("HELO x");
            await client.CommandAsync("FOO " + new string('y', 90) + " z");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("AUTH PLAIN AGpvZQBzZWNyZXQ=");
            await client.CommandAsync("RCPT TO:<a-person-with-a-long-name@nowhere-at-all-that-we-know.example");
        }

        var notice = await NoticeAsync(server);
        Assert.Equal("double-bounce@mail.example.com", notice.Request.Sender);
        Assert.Equal("notice@mail.example.com", Assert.Single(notice.Recipients).Address);
        Assert.Equal(
            $"""
            From: Mail Delivery System <MAILER-DAEMON@mail.example.com>
            To: Postmaster <notice@mail.example.com>
            Subject: Postfix SMTP server: errors from unknown[127.0.0.1]

            Transcript of session follows.

             Out: 220 mail.example.com ESMTP Postfix
             In:  HELO x
             Out: 250 mail.example.com
             In:  FOO
                 {new string('y', 90)}
                 z
             Out: 500 5.5.2 Error: command not recognized
             In:  MAIL FROM:<a@b.example>
             Out: 250 2.1.0 Ok
             In:  AUTH PLAIN (hidden)
             Out: 503 5.5.1 Error: authentication not enabled
             In:  RCPT TO:<a-person-with-a-long-name@nowhere-at-all-that-we-know.example
             Out: 501 5.1.3 Bad recipient address syntax

            Session aborted, reason: lost connection

            For other details, see the local mail logfile

            """.Replace("                 z", "             z", StringComparison.Ordinal),
            notice.Text[notice.Text.IndexOf("From: ", StringComparison.Ordinal)..]);
        Assert.StartsWith("Received: by mail.example.com (Postfix)\n\tid ", notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_AreTold_ByTheirClass()
    {
        var told = NoticeSituation.All.ToDictionary(static s => s.Name, static _ => new List<string>());
        foreach (var type in NoticeSituation.AllClasses)
        {
            foreach (var situation in NoticeSituation.All)
            {
                await using var server = new SmtpdFixture(string.Join('\n', NoticeSituation.ConfigurationFor(type)));
                using (var client = await server.ConnectAsync(readGreeting: false))
                {
                    await situation.PlayAsync(client);
                }

                await server.StopAsync();
                told[situation.Name].AddRange(server.Cleanup.Committed.Where(static m => m.Request.Sender.StartsWith("double-bounce@", StringComparison.Ordinal)).Select(static m => m.Recipients[0].Address));
            }
        }

        Assert.Equal(NoticeSituation.All.Select(static s => $"{s.Name}: {string.Join(' ', s.Told)}"), told.Select(static t => $"{t.Key}: {string.Join(' ', t.Value)}"));
    }

    [Theory]
    [InlineData("software", "STARTTLS")]
    [InlineData("data", "filtered")]
    public async Task ErrorsOfOurs_AreTold(string classes, string command)
    {
        await using var server = new SmtpdFixture(
            $"{Settings}notify_classes = {classes}\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = /nowhere\n" + (classes == "data" ? "smtpd_command_filter = fail:x\n" : ""));
        await server.ConverseAsync(command);
        Assert.Equal("notice@mail.example.com", (await NoticeAsync(server)).Recipients[0].Address);
    }

    [Fact]
    public async Task ErrorsOfOtherKinds_AreNotOfSessions()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = delay, 2bounce");
        await server.ConverseAsync("FOO");
        await server.StopAsync();
        Assert.Empty(server.Cleanup.Committed);
    }

    [Fact]
    public async Task QueueThatCannotBeWritten_IsAResource()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = resource");
        server.Cleanup.FailsAfter = 10; // so the notice cannot be written either
        Assert.Contains("451 4.3.0 Error: queue file write error", await server.ConverseAsync("MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", new string('x', 70000) + "\r\n."), StringComparison.Ordinal);
        Assert.Contains(await server.StopAsync(), static l => l.StartsWith("warning: postmaster notify: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AcceptedMessage_ForgivesWhatWasBefore()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = protocol");
        await server.ConverseAsync("FOO", "MAIL FROM:<>", "RCPT TO:<root@mail.example.com>", "DATA", ".", "QUIT");
        await server.StopAsync();
        Assert.Equal("root@mail.example.com", Assert.Single(server.Cleanup.Committed).Recipients[0].Address);
    }

    [Fact]
    public async Task LongHistory_IsToldWhileTheSessionGoesOn()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = protocol\nsmtpd_history_flush_threshold = 3\nsmtpd_hard_error_limit = 100");
        using (var client = await server.ConnectAsync())
        {
            foreach (var line in new[] { "FOO", "RSET", "BAR", "RSET", "QUIT" })
            {
                await client.CommandAsync(line);
            }
        }

        await server.StopAsync();
        Assert.Equal(2, server.Cleanup.Committed.Count);
        Assert.Contains(" Out: 500 5.5.2 Error: command not recognized\n In:  RSET\n\n\nFor other", server.Cleanup.Committed[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("FOO", server.Cleanup.Committed[1].Text, StringComparison.Ordinal);
        Assert.Contains("In:  BAR", server.Cleanup.Committed[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedNotice_IsLogged()
    {
        await using var server = new SmtpdFixture(Settings + "notify_classes = protocol");
        server.Cleanup.Answer = new CleanupResult(CleanupOutcome.NoSpace, "");
        await server.ConverseAsync("FOO");
        Assert.Contains("warning: postmaster notify: NoSpace", await server.StopAsync());
    }

    private static async Task<FakeMessage> NoticeAsync(SmtpdFixture server)
    {
        await server.StopAsync();
        return Assert.Single(server.Cleanup.Committed);
    }
}
