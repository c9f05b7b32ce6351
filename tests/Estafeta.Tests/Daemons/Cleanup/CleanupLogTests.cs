using System.Text;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>The lines cleanup logs of every message.</summary>
public sealed class CleanupLogTests
{
    [Theory]
    [InlineData("Message-Id: <a@b>\n\nx\n", "message-id=<a@b>")]
    [InlineData("Message-Id:  <a@b> (c)\n\nx\n", "message-id=<a@b> (c)")]
    [InlineData("Resent-From: <u@v.test>\nResent-Message-Id: <c@d>\nMessage-Id: <a@b>\n\nx\n", "resent-message-id=<c@d>|message-id=<a@b>")]
    [InlineData("Subject: x\n\nx\n", "message-id=<>")]
    public async Task MessageId_IsLogged(string content, string lines)
    {
        await using var bench = new CleanupBench();
        Assert.Equal(CleanupResult.Ok, await SendAsync(bench, content));
        Assert.Equal(lines.Split('|').Select(l => $"{bench.LastId}: {l}"), bench.Log.Lines);
    }

    [Fact]
    public async Task Rejected_IsCanceled()
    {
        await using var bench = new CleanupBench("header_checks = pcre:{{/^Subject/ REJECT no}}\n");
        Assert.Equal(CleanupOutcome.Rejected, (await SendAsync(bench, "Subject: x\nMessage-Id: <behind@it>\n\nx\n")).Outcome);
        Assert.Equal(2, bench.Log.Lines.Count);
        Assert.StartsWith($"{bench.LastId}: reject: header Subject: x from ", bench.Log.Lines[0], StringComparison.Ordinal);
        Assert.Equal($"{bench.LastId}: removed (canceled)", bench.Log.Lines[1]);
    }

    [Fact]
    public async Task Abandoned_IsCanceled()
    {
        await using var bench = new CleanupBench();
        string id;
        await using (var transaction = await bench.Service.BeginAsync(CleanupBench.Request(), TestContext.Current.CancellationToken))
        {
            id = transaction.QueueId.ToString();
            transaction.AddRecipient(CleanupBench.Recipient("r@s.test"));
        }

        Assert.Equal([$"{id}: removed (canceled)"], bench.Log.Lines);
    }

    [Fact]
    public async Task Discarded_IsRemoved()
    {
        await using var bench = new CleanupBench("header_checks = pcre:{{/^Subject/ DISCARD away}}\n");
        Assert.Equal(CleanupResult.Ok, await SendAsync(bench, "Subject: x\n\nx\n"));
        Assert.Equal(2, bench.Log.Lines.Count);
        Assert.StartsWith($"{bench.LastId}: discard: header Subject: x from ", bench.Log.Lines[0], StringComparison.Ordinal);
        Assert.Equal($"{bench.LastId}: removed (discarded)", bench.Log.Lines[1]);
        Assert.Empty(bench.Queue.Accepted);
    }

    [Fact]
    public async Task TooManyHops_AreSaidOnce()
    {
        await using var bench = new CleanupBench("hopcount_limit = 2\n");
        Assert.Equal(CleanupOutcome.TooManyHops, (await SendAsync(bench, "Received: a\nReceived: b\nReceived: c\nReceived: d\nMessage-Id: <a@b>\n\nx\n")).Outcome);
        Assert.Equal([$"warning: {bench.LastId}: message rejected: hopcount exceeded", $"{bench.LastId}: removed (canceled)"], bench.Log.Lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TooBig_NamesTheMessage_WhoeverCounts(bool isCountedBySmtpd)
    {
        await using var bench = new CleanupBench(isCountedBySmtpd ? "message_size_limit = 0\n" : "message_size_limit = 30\n");
        await using (var transaction = await bench.Service.BeginAsync(CleanupBench.Request(isLocal: false), TestContext.Current.CancellationToken))
        {
            transaction.AddRecipient(CleanupBench.Recipient("r@s.test"));
            await transaction.WriteContentAsync("Message-Id: <a@b>\n\n12345678901234567890\n"u8.ToArray(), TestContext.Current.CancellationToken);
            if (isCountedBySmtpd)
            {
                transaction.AddEdit(new EnvelopeEdit(EnvelopeEditKind.TooBig, ""));
            }

            Assert.Equal(CleanupOutcome.TooBig, (await transaction.CommitAsync(TestContext.Current.CancellationToken)).Outcome);
            var id = transaction.QueueId;
            Assert.Equal([$"{id}: message-id=<a@b>", $"warning: {id}: queue file size limit exceeded", $"{id}: removed (canceled)"], bench.Log.Lines);
        }

        Assert.Empty(bench.Queue.Accepted);
    }

    private static ValueTask<CleanupResult> SendAsync(CleanupBench bench, string content) =>
        bench.SendAsync(CleanupBench.Request(isLocal: false), [CleanupBench.Recipient("r@s.test")], [Encoding.ASCII.GetBytes(content)]);
}
