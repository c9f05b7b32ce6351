using Estafeta.Configuration;
using Estafeta.Services.Verification;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd;

/// <summary>address_verify_sender_ttl: which senders of probes are taken as recipients, by the installed Postfix and by ours.</summary>
public sealed class ProbeSenderTests
{
    private const long Lifetime = 1000 * 3600; // so long that a period hardly ends between the address and the question
    private static readonly string[] Settings = ["local_recipient_maps = inline:{{known=x}}", "address_verify_sender_ttl = 1000h"];

    /// <param name="periods">How long ago the address was made.</param>
    /// <param name="isTaken">Null: without a time.</param>
    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, true)]
    [InlineData(-2, false)]
    [InlineData(-100, false)]
    [InlineData(3, false)]
    [InlineData(null, null)]
    public async Task AddressOfAProbe_IsTakenForAWhile(int? periods, bool? isTaken)
    {
        Assert.SkipWhen(PostfixServices.Missing != null, PostfixServices.Missing ?? "");
        await using var postfix = await PostfixServices.StartAsync(() => [new PostfixService("probe", Settings)]);
        Assert.SkipWhen(postfix == null, "no network namespace can be made here");
        await using var ours = new SmtpdFixture(string.Join('\n', Settings));
        var sender = ProbeSenderAddress.Create(
            ParameterSet.Parse($"address_verify_sender_ttl = {(periods == null ? 0 : Lifetime)}"), text => text + "@mail.example.com");
        var address = sender.At(TimeProvider.System.GetUtcNow().AddSeconds((periods ?? 0) * Lifetime));
        var theirs = await AskAsync(postfix.Connect("probe"), address);
        Assert.Equal(theirs, await AskAsync(await ours.ConnectAsync(readGreeting: false), address));
        if (isTaken != null)
        {
            Assert.StartsWith(isTaken.Value ? "250 " : "550 5.1.1 ", theirs, StringComparison.Ordinal);
        }
    }

    private static async Task<string> AskAsync(SmtpdClient client, string address)
    {
        using var owned = client;
        await client.ReadReplyAsync();
        await client.CommandAsync("HELO x");
        await client.CommandAsync("MAIL FROM:<>");
        return await client.CommandAsync($"RCPT TO:<{address}>");
    }
}
