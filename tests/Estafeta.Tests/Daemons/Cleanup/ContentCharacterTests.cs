using System.Text;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>message_reject_characters and message_strip_characters, as Postfix 3.7 answers and logs.</summary>
public class ContentCharacterTests
{
    private static readonly byte[] Content = Encoding.Latin1.GetBytes("Received: x\nSubject: on\u0002e\n\nst\u0002rip\0ped\u0002\nbo\u0001dy line\n");

    [Fact]
    public async Task RejectedCharacter_RefusesTheMessage_AndIsLogged()
    {
        await using var bench = new CleanupBench("message_reject_characters = \\001\nmessage_strip_characters = \\002\\000");
        for (var at = 0; at <= Content.Length; at++)
        {
            var result = await bench.SendAsync(
                CleanupBench.Request(), [CleanupBench.Recipient("rcpt@r.test")], [Content.AsMemory(0, at), Content.AsMemory(at)]);
            Assert.Equal((CleanupOutcome.Rejected, "5.7.1 disallowed character"), (result.Outcome, result.Text));
            Assert.Contains(bench.Log.Lines, l => l.StartsWith($"{bench.LastId}: reject: content ", StringComparison.Ordinal)
                && l.EndsWith(": 5.7.1 disallowed character", StringComparison.Ordinal));
        }

        Assert.Contains(bench.Log.Lines, l => l.Contains(": reject: content bo\u0001dy line from ", StringComparison.Ordinal));
        Assert.Empty(bench.Queue.Accepted);
    }

    [Fact]
    public async Task StrippedCharacters_AreGone()
    {
        await using var bench = new CleanupBench("message_strip_characters = \\002\\000");
        for (var at = 0; at <= Content.Length; at++)
        {
            await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("rcpt@r.test")], [Content.AsMemory(0, at), Content.AsMemory(at)]);
            var kept = Encoding.Latin1.GetString(bench.LastContent());
            Assert.Contains("Subject: one\n", kept, StringComparison.Ordinal);
            Assert.EndsWith("\n\nstripped\nbo\u0001dy line\n", kept, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task UnfilteredMail_KeepsThem()
    {
        await using var bench = new CleanupBench("message_reject_characters = \\001\nmessage_strip_characters = \\002\\000");
        var result = await bench.SendAsync(
            CleanupBench.Request() with { Flags = CleanupFlags.NoHeaderBodyChecks }, [CleanupBench.Recipient("rcpt@r.test")], [Content]);
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
        Assert.Contains("bo\u0001dy", Encoding.Latin1.GetString(bench.LastContent()), StringComparison.Ordinal);
    }
}
