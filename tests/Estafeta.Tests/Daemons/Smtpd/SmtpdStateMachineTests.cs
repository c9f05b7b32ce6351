using System.Text;
using CsCheck;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Random walks over all verbs against <see cref="SmtpAutomaton"/>: threats C01-C05, C07, C12, C16.</summary>
public class SmtpdStateMachineTests
{
    private static readonly Gen<SmtpStep[]> Walks = Gen.Frequency(
        (3, Gen.Int[0, (int)SmtpStepKind.LastChunk]),
        (2, Gen.Int[(int)SmtpStepKind.Mail, (int)SmtpStepKind.LastChunk])).Select(k => new SmtpStep((SmtpStepKind)k)).Array[1, 40];

    [Fact]
    public async Task RandomWalk_IsAnsweredAsTheAutomatonSays()
    {
        await using var server = new SmtpdFixture(
            "local_recipient_maps = inline:{root=x}\nsmtpd_hard_error_limit = 1000\nsmtpd_soft_error_limit = 1000\nsmtpd_junk_command_limit = 1000");
        await Walks.SampleAsync(walk => CheckAsync(server, walk), iter: 300, threads: 1);
        await server.StopAsync();
        Assert.Equal(0, server.Cleanup.Open);
    }

    private static async Task CheckAsync(SmtpdFixture server, SmtpStep[] walk)
    {
        var before = server.Cleanup.Committed.Count;
        var automaton = new SmtpAutomaton();
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO x");
            foreach (var step in walk)
            {
                await client.SendAsync(step.Command);
                foreach (var code in automaton.Expect(step))
                {
                    Assert.StartsWith(code, await client.ReadReplyAsync(), StringComparison.Ordinal);
                    if (code == "354")
                    {
                        await client.SendAsync("x\r\n.\r\n");
                    }
                }
            }

            Assert.StartsWith("221 ", await client.CommandAsync("QUIT"), StringComparison.Ordinal);
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.Equal(automaton.Queued, server.Cleanup.Committed.Skip(before).Select(m => m.Recipients.Count));
    }

    [Fact]
    public async Task PipelinedWalk_GetsTheSameReplies()
    {
        // All verbs that may stand inside a group, sent in one segment.
        await using var server = new SmtpdFixture(
            "local_recipient_maps = inline:{root=x}\nsmtpd_hard_error_limit = 1000\nsmtpd_soft_error_limit = 1000\nsmtpd_junk_command_limit = 1000");
        await Walks.SampleAsync(
            async walk =>
            {
                var steps = walk.Where(s => s.Kind is not (SmtpStepKind.Helo or SmtpStepKind.Noop or SmtpStepKind.Vrfy or SmtpStepKind.Data or SmtpStepKind.Xclient)).ToArray();
                var automaton = new SmtpAutomaton();
                using var client = await server.ConnectAsync();
                await client.CommandAsync("EHLO x");
                var all = new StringBuilder();
                foreach (var step in steps)
                {
                    all.Append(step.Command);
                }

                await client.SendAsync(all + "QUIT\r\n");
                foreach (var code in steps.SelectMany(automaton.Expect))
                {
                    Assert.StartsWith(code, await client.ReadReplyAsync(), StringComparison.Ordinal);
                }

                Assert.StartsWith("221 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
                Assert.Equal("", await client.ReadToEndAsync());
            },
            iter: 200,
            threads: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConnectionLostAnywhere_QueuesNothingAndLeaksNothing(bool isReset)
    {
        const string Session = "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<root@mail.example.com>\r\nDATA\r\nx: y\r\n\r\n..\r\n.\r\n";
        await using (var server = new SmtpdFixture("smtpd_forbid_unauth_pipelining = no"))
        {
            for (var length = 0; length < Session.Length; length++)
            {
                using var client = await server.ConnectAsync();
                await client.SendAsync(Session[..length]);
                if (isReset)
                {
                    client.Reset();
                    continue;
                }

                client.EndSending();
                await client.ReadToEndAsync();
            }

            await server.StopAsync();
            Assert.Empty(server.Cleanup.Committed);
            Assert.Equal(0, server.Cleanup.Open);
        }
    }

    [Fact]
    public async Task ManyTinyChunks_AreOneMessage()
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        var chunks = string.Concat(Enumerable.Repeat("BDAT 1\r\nx", 2000)) + "BDAT 0 LAST\r\n";
        var sending = client.SendAsync(chunks);
        for (var i = 0; i < 2000; i++)
        {
            Assert.Equal("250 2.0.0 Ok: 1 bytes", await client.ReadReplyAsync());
        }

        await sending;
        Assert.StartsWith("250 2.0.0 Ok: 2002 bytes queued as ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(new string('x', 2000) + "\n", server.Cleanup.Committed[0].Body);
    }
}
