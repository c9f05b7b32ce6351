using Estafeta.Mail.Dsn;

namespace Estafeta.Tests.Daemons.Smtp;

public sealed class LmtpAgentTests
{
    private static IEnumerable<string> Lines(SmtpAgentHarness harness) =>
        harness.Lines.Select(line => line.Replace(", tls=none?", "", StringComparison.Ordinal).Replace(", tls=none", "", StringComparison.Ordinal));

    [Fact]
    public async Task EachRecipient_HasItsOwnFinalReply()
    {
        await using var server = new ScriptedSmtpServer(isLmtp: true)
            .On("RCPT", "250 2.1.5 ok", "550 5.1.1 unknown", "250 2.1.5 ok", "250 2.1.5 ok")
            .On("EOD", "250 2.0.0 <a> saved", "550 5.2.2 over quota", "450 4.2.1 busy");
        await using var harness = new SmtpAgentHarness("", isLmtp: true);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"inet:127.0.0.1:{server.Port}", "a@x.test", "b@x.test", "c@x.test", "d@x.test"));
        const string Host = "127.0.0.1[127.0.0.1]";
        Assert.Equal(
            [
                $"to=<b@x.test>, relay={Host}:25, dsn=5.1.1, status=bounced (host {Host} said: 550 5.1.1 unknown (in reply to RCPT TO command))",
                $"to=<a@x.test>, relay={Host}:25, dsn=2.0.0, status=sent (250 2.0.0 <a> saved)",
                $"to=<c@x.test>, relay={Host}:25, dsn=5.2.2, status=bounced (host {Host} said: 550 5.2.2 over quota (in reply to end of DATA command))",
                $"to=<d@x.test>, relay={Host}:25, dsn=4.2.1, status=deferred (host {Host} said: 450 4.2.1 busy (in reply to end of DATA command))",
            ],
            Lines(harness));
        await server.ClientsGoneAsync();
        Assert.StartsWith("LHLO client.example.test", server.Commands);
        Assert.EndsWith("QUIT", server.Commands);
    }

    [Fact]
    public async Task FewerRepliesThanRecipients_DefersTheRest()
    {
        await using var server = new ScriptedSmtpServer(isLmtp: true).On("EOD", "250 2.0.0 <a> saved", "CLOSE");
        await using var harness = new SmtpAgentHarness("", isLmtp: true);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"inet:127.0.0.1:{server.Port}", "a@x.test", "b@x.test", "c@x.test"));
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
        Assert.Equal(DeliveryAction.Deferred, harness.Reports[1].Action);
        Assert.Equal(DeliveryAction.Deferred, harness.Reports[2].Action);
    }

    [Fact]
    public async Task UnixSocket_IsNamedAsPostfixDoes()
    {
        var path = Path.Combine(Path.GetTempPath(), $"lmtp{Environment.ProcessId}.sock");
        await using var harness = new SmtpAgentHarness("", isLmtp: true);
        await harness.DeliverAsync(SmtpAgentHarness.Request($"unix:{path}", "a@x.test"));
        Assert.Equal(
            [$"to=<a@x.test>, relay=none, dsn=4.4.1, status=deferred (connect to client.example.test[{path}]: No such file or directory)"],
            Lines(harness));
        harness.Reports.Clear();
        try
        {
            await using var server = new ScriptedSmtpServer(isLmtp: true, socketPath: path);
            await harness.DeliverAsync(SmtpAgentHarness.Request($"unix:{path}", "a@x.test"));
            Assert.Equal($"to=<a@x.test>, relay=client.example.test[{path}], dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)", Lines(harness).Last());
        }
        finally
        {
            File.Delete(path);
        }
    }
}
