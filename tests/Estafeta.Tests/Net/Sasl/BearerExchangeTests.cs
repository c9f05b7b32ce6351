using System.Text;
using Estafeta.Net.OAuth.Server;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.BuiltIn;

namespace Estafeta.Tests.Net.Sasl;

public class BearerExchangeTests
{
    private const string Standard = "n,a=ana@example.test,\u0001host=mail\u0001auth=Bearer good\u0001\u0001";
    private const string Older = "user=ana@example.test\u0001auth=Bearer good\u0001\u0001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OAUTHBEARER", Standard)]
    [InlineData("OAUTHBEARER", "n,,\u0001auth=bearer good\u0001\u0001")]
    [InlineData("OAUTHBEARER", "y,a=ANA@example.test,\u0001auth=Bearer good\u0001\u0001")]
    [InlineData("XOAUTH2", Older)]
    public async Task GoodToken_Succeeds(string mechanism, string message) =>
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "ana@example.test"), await StartAsync(mechanism, message));

    [Theory]
    [InlineData("OAUTHBEARER", "n,a=ana@example.test,\u0001auth=Bearer bad\u0001\u0001", "{\"status\":\"invalid_token\"}", "token is expired")]
    [InlineData("OAUTHBEARER", "n,a=eva@example.test,\u0001auth=Bearer good\u0001\u0001", "{\"status\":\"invalid_token\"}", "token is another user's")]
    [InlineData("XOAUTH2", "user=eva\u0001auth=Bearer good\u0001\u0001", "{\"status\":\"401\",\"schemes\":\"bearer\"}", "token is another user's")]
    public async Task BadToken_IsReportedThenRefused(string mechanism, string message, string report, string reason)
    {
        await using var server = Server();
        await using var exchange = server.Begin(mechanism, new SaslSession());
        var step = await exchange.StartAsync(Encode(message), Token);
        Assert.Equal((SaslOutcome.Continue, report), (step.Outcome, Encoding.UTF8.GetString(Convert.FromBase64String(step.Text))));
        step = await exchange.ContinueAsync("AQ==", Token);
        Assert.Equal((SaslOutcome.Failed, reason), (step.Outcome, step.Text));
    }

    [Theory]
    [InlineData("OAUTHBEARER", Standard)]
    [InlineData("XOAUTH2", Older)]
    public async Task EveryPrefixAndEveryLostOctet_IsRefusedOrReported(string mechanism, string message)
    {
        for (var i = 0; i < message.Length; i++)
        {
            Assert.Equal(SaslOutcome.Failed, (await StartAsync(mechanism, message[..i])).Outcome);
            var step = await StartAsync(mechanism, message[..i] + message[(i + 1)..]);
            Assert.True(step.Outcome != SaslOutcome.Succeeded || step.Text == "ana@example.test");
        }
    }

    [Theory]
    [InlineData("p=tls-exporter,,\u0001auth=Bearer good\u0001\u0001")]
    [InlineData("n,b=x,\u0001auth=Bearer good\u0001\u0001")]
    [InlineData("n,,\u0001auth=Basic good\u0001\u0001")]
    [InlineData("n,,\u0001auth=Bearer \u0001\u0001")]
    [InlineData("n,,\u0001auth=Bearer go\0od\u0001\u0001")]
    public async Task Malformed_IsRefused(string message) => Assert.Equal(SaslOutcome.Failed, (await StartAsync("OAUTHBEARER", message)).Outcome);

    private static BuiltInSaslServer Server() => new(null, "mail.example.test", TimeProvider.System) { Tokens = new OneToken() };

    private static async Task<SaslStep> StartAsync(string mechanism, string message)
    {
        await using var server = Server();
        await using var exchange = server.Begin(mechanism, new SaslSession());
        return await exchange.StartAsync(Encode(message), Token);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private sealed class OneToken : ITokenVerifier
    {
        public ValueTask<TokenVerdict> VerifyAsync(string token, CancellationToken cancellationToken) =>
            ValueTask.FromResult(token == "good" ? TokenVerdict.Good("ana@example.test") : TokenVerdict.Bad("token is expired"));
    }
}
