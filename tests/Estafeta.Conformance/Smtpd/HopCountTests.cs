using System.Net;
using Estafeta.Conformance.Smtp;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Daemons.Smtpd.Milters;

namespace Estafeta.Conformance.Smtpd;

/// <summary>Which Received header is one too many: with the installed Postfix and with ours.</summary>
public sealed class HopCountTests
{
    private const int Limit = 5;

    [Fact]
    public async Task ReceivedHeaders_AreCountedAlike()
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        await using var postfix = await PostfixInstance.StartAsync($"hopcount_limit = {Limit}\ndefault_transport = discard", TestContext.Current.CancellationToken);
        await using var ours = new MilterRoute("mynetworks = 127.0.0.0/8", $"hopcount_limit = {Limit}\n");
        for (var hops = 0; hops < Limit + 3; hops++)
        {
            using var their = new SmtpdClient(new IPEndPoint(IPAddress.Loopback, postfix.Port));
            using var our = await ours.Smtpd.ConnectAsync(readGreeting: false);
            Assert.Equal((hops, await SendAsync(their, hops)), (hops, await SendAsync(our, hops)));
        }
    }

    private static async Task<string> SendAsync(SmtpdClient client, int hops)
    {
        await client.ReadReplyAsync();
        foreach (var command in (string[])["EHLO h.example", "MAIL FROM:<a@b.example>", "RCPT TO:<r@relay.example>", "DATA"])
        {
            await client.CommandAsync(command);
        }

        return Transcript.HideQueueIds(await client.CommandAsync(string.Concat(Enumerable.Repeat("Received: x\r\n", hops)) + "\r\nbody\r\n."));
    }
}
