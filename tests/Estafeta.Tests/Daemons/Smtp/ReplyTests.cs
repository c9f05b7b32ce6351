namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>replies.txt: one server that misbehaves in one way, and the log line Postfix writes for it.</summary>
public sealed class ReplyTests
{
    public static TheoryData<string> Cases() => [.. ReplyCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Deliver_ServerReplies_AsPostfix(string name)
    {
        var script = ReplyCase.All[name];
        await using var server = script.Serve();
        await using var harness = new SmtpAgentHarness("smtp_log_tls_feature_status = no\n");
        harness.Dns.Mx(name + ".test", 10, $"mx.{name}.test").Address($"mx.{name}.test", "127.0.0.1");

        await harness.DeliverAsync(SmtpAgentHarness.Request($"{name}.test:{server.Port}", script.Recipients));
        Assert.SkipWhen(harness.Lines.Any(ReplyCase.IsOvertaken), "the reset overtook the client's look at its new connection");

        Assert.Equal(script.LogLines, harness.Lines);
        Assert.Equal(script.Recipients.Length, harness.Reports.Count);
        if (script.Commands.Count > 0)
        {
            await server.ClientsGoneAsync();
            Assert.Equal(script.Commands, server.Commands.Split('\n').Skip(1));
        }
    }
}
