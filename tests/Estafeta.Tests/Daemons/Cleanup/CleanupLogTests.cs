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
        Assert.Equal(CleanupOutcome.Rejected, (await SendAsync(bench, "Subject: x\n\nx\n")).Outcome);
        Assert.Equal($"{bench.LastId}: removed (canceled)", bench.Log.Lines[^1]);
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
        Assert.Equal($"{bench.LastId}: removed (discarded)", bench.Log.Lines[^1]);
        Assert.Empty(bench.Queue.Accepted);
    }

    private static ValueTask<CleanupResult> SendAsync(CleanupBench bench, string content) =>
        bench.SendAsync(CleanupBench.Request(isLocal: false), [CleanupBench.Recipient("r@s.test")], [Encoding.ASCII.GetBytes(content)]);
}
