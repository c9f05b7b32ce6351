using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Tests.Net.Milter;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>A milter of non_smtpd_milters that fails, in each way, at each stage, with each milter_default_action.</summary>
public sealed class NonSmtpdMilterFaultTests
{
    [Theory]
    [MemberData(nameof(MilterFaults.WithActions), MemberType = typeof(MilterFaults))]
    public async Task Fault_AtEveryStage_TakesTheDefaultAction(string fault, string action)
    {
        foreach (var stage in fault == "down" ? "C" : MilterFaults.Stages)
        {
            await CheckAsync(fault, stage, action);
        }
    }

    private static async Task CheckAsync(string fault, char stage, string action)
    {
        var what = $"{fault} at {stage}, {action}";
        await using var milter = fault == "down" ? null : MilterScript.Start($"{stage}={fault}");
        var time = new ManualTime();
        await using var bench = new CleanupBench(
            $"non_smtpd_milters = {{ {milter?.Endpoint ?? "inet:127.0.0.1:1"}, default_action={action} }}\nmilter_command_timeout = 1s\nmilter_content_timeout = 1s", time);
        var sending = bench.SendAsync(
            CleanupBench.Request("me@x.y"), [CleanupBench.Recipient("r@x.y")], ["Received: ours\nSubject: s\n\nbody\n"u8.ToArray()]).AsTask();
        if (fault == "hang")
        {
            await Task.WhenAny(sending, milter!.Stuck); // only a milter that is there can hang
        }

        while (fault == "hang" && !sending.IsCompleted)
        {
            // As soon as cleanup waits for the milter, its patience ends.
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.WhenAny(sending, Task.Delay(2, TestContext.Current.CancellationToken));
        }

        var result = await sending;
        var expected = action switch
        {
            "accept" or "quarantine" => CleanupOutcome.Ok,
            "reject" when stage != 'R' => CleanupOutcome.Rejected,
            _ => CleanupOutcome.Temporary,
        };
        Assert.Equal($"{what}: {expected}", $"{what}: {result.Outcome}");
        Assert.True(bench.Queue.Accepted.Count == (expected == CleanupOutcome.Ok ? 1 : 0), what);
        if (expected == CleanupOutcome.Ok)
        {
            Assert.True(bench.LastMessage().Queue == (action == "accept" ? QueueName.Incoming : QueueName.Hold), what);
            Assert.EndsWith("Subject: s\n", string.Concat(System.Text.Encoding.ASCII.GetString(bench.LastContent()).Split('\n').Where(l => l.StartsWith("Subject", StringComparison.Ordinal)).Select(l => l + "\n")), StringComparison.Ordinal);
        }

        Assert.Contains(bench.Log.Lines, l => l.StartsWith("warning: ", StringComparison.Ordinal) && l.Contains("ilter", StringComparison.Ordinal));
    }
}
