using System.Text;
using Estafeta.Queue.Storage;
using Estafeta.Tests.Net.Milter;

namespace Estafeta.Tests.Daemons.Smtpd.Milters;

/// <summary>A milter that fails, in each way, at each stage, with each milter_default_action: through smtpd, the wire and cleanup.</summary>
public sealed class MilterFaultTests
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
        var endpoint = milter?.Endpoint ?? "inet:127.0.0.1:1";
        var time = new ManualTime();
        await using var route = new MilterRoute($"smtpd_milters = {{ {endpoint}, default_action={action} }}\nsmtpd_timeout = 10h\nmilter_command_timeout = 1s\nmilter_content_timeout = 1s", time: time);
        var sending = route.SendAsync();
        if (fault == "hang")
        {
            await Task.WhenAny(sending, milter!.Stuck); // only a milter that is there can hang
        }

        while (fault == "hang" && !sending.IsCompleted)
        {
            // As soon as the server waits for the milter, its patience ends.
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.WhenAny(sending, Task.Delay(2, TestContext.Current.CancellationToken));
        }

        var replies = await sending;
        var log = await route.Smtpd.StopAsync();
        var warnings = log.Concat(route.Bench.Log.Lines).Where(l => l.Contains("ilter", StringComparison.Ordinal) && l.StartsWith("warning:", StringComparison.Ordinal)).ToList();
        Assert.True(warnings.Count == (stage == 'O' && fault is not ("down" or "Z" or "long" or "zero") ? 2 : 1), $"{what}: {string.Join('\n', warnings)}");
        CheckReplies(replies, stage is 'O' or 'C', action, what);
        CheckQueue(route, action, what);
        if (action is "reject" or "tempfail" or "shutdown")
        {
            Assert.True(Logged("milter-reject: "), what);
        }
        else if (action == "quarantine")
        {
            Assert.True(Logged("milter-hold: "), what);
        }

        bool Logged(string text) => log.Concat(route.Bench.Log.Lines).Any(l => l.Contains(text, StringComparison.Ordinal));
    }

    private static void CheckReplies(List<string> replies, bool isAtConnect, string action, string what)
    {
        switch (action)
        {
            case "accept" or "quarantine":
                Assert.True(replies[^1].StartsWith("221", StringComparison.Ordinal), $"{what}: {string.Join('\n', replies)}");
                break;
            case "shutdown" when isAtConnect:
                Assert.Equal(["421 mail.example.com Service unavailable - try again later"], replies);
                break;
            case "shutdown":
                Assert.Equal($"{what}: 421 4.7.0 Server closing connection", $"{what}: {replies[^1]}");
                break;
            default:
                Assert.StartsWith(isAtConnect && action == "reject" ? "554 " : "220 ", replies[0], StringComparison.Ordinal);
                var expected = action == "reject" ? "550 5.5.0 Service unavailable" : "451 4.7.1 Service unavailable - try again later";
                Assert.Equal($"{what}: {expected}", $"{what}: {replies[^1]}");
                break;
        }
    }

    private static void CheckQueue(MilterRoute route, string action, string what)
    {
        if (action is "accept" or "quarantine")
        {
            Assert.EndsWith("Subject: s\n\nbody\n", Encoding.ASCII.GetString(route.Bench.LastContent()).Replace(AddedHeaders(route), "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.True(route.Bench.LastMessage().Queue == (action == "accept" ? QueueName.Incoming : QueueName.Hold), what);
        }
        else
        {
            Assert.True(route.Bench.Queue.Accepted.Count == 0, what);
        }
    }

    // Date, From and Message-Id, which cleanup supplied.
    private static string AddedHeaders(MilterRoute route)
    {
        var content = Encoding.ASCII.GetString(route.Bench.LastContent());
        var start = content.IndexOf("Subject: s\n", StringComparison.Ordinal) + 11;
        return content[start..content.IndexOf("\n\n", StringComparison.Ordinal)] + (content[start] == '\n' ? "" : "\n");
    }
}
