using Estafeta.Net.OAuth;
using Estafeta.Net.OAuth.Server;

namespace Estafeta.Tests.Net.OAuth;

public sealed class IntrospectingTokenVerifierTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"active":true,"email":"ana@example.test"}""", "ana@example.test", "")]
    [InlineData("""{"active":true,"email":"ana@example.test","exp":1}""", null, "token is expired")]
    [InlineData("""{"active":false,"email":"ana@example.test"}""", null, "token is not active")]
    [InlineData("""{"active":"true","email":"ana@example.test"}""", null, "token is not active")]
    [InlineData("""{"active":true}""", null, "token has no email")]
    public async Task Answer_Decides(string answer, string? user, string reason)
    {
        await using var provider = new IdentityProvider((200, answer));
        using var http = new OAuthHttp();
        var verifier = new IntrospectingTokenVerifier(provider.Url, ("me", "p:w"), new TokenRules(), http, TimeProvider.System);
        Assert.Equal(new TokenVerdict(user, reason), await verifier.VerifyAsync("a&b", Token));
        Assert.Equal("/token Basic bWU6cCUzQXc= token=a%26b&token_type_hint=access_token", provider.Requests[0]);
    }

    [Theory]
    [InlineData(401, "{}")]
    [InlineData(200, "{}")]
    [InlineData(200, "true")]
    [InlineData(200, "not json")]
    [InlineData(301, """{"active":true,"email":"x"}""")]
    public async Task AnythingElse_IsTrouble(int status, string answer)
    {
        await using var provider = new IdentityProvider((status, answer));
        using var http = new OAuthHttp();
        var verifier = new IntrospectingTokenVerifier(provider.Url, null, new TokenRules(), http, TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(async () => await verifier.VerifyAsync("a", Token));
    }

    [Fact]
    public async Task ThrottlingServer_IsLeftAloneForAsLongAsItSays()
    {
        var time = new ManualTime();
        await using var provider = new IdentityProvider((429, ""), (200, """{"active":true,"email":"ana@example.test"}""")) { RetryAfter = "30" };
        using var http = new OAuthHttp(time: time);
        var verifier = new IntrospectingTokenVerifier(provider.Url, null, new TokenRules(), http, time);
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<ThrottledException>(async () => await verifier.VerifyAsync("a", Token));
            time.AdvanceSeconds(9);
        }

        Assert.Single(provider.Requests);
        time.AdvanceSeconds(3);
        Assert.True((await verifier.VerifyAsync("a", Token)).IsGood);
    }

    [Fact]
    public async Task NobodyThere_IsTrouble()
    {
        using var port = ClosedPort.Tcp();
        using var http = new OAuthHttp();
        var verifier = new IntrospectingTokenVerifier($"http://127.0.0.1:{port.Number}/token", null, new TokenRules(), http, TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(async () => await verifier.VerifyAsync("a", Token));
    }
}
