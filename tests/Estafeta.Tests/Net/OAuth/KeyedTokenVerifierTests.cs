using Estafeta.Net.OAuth.Server;

namespace Estafeta.Tests.Net.OAuth;

public sealed class KeyedTokenVerifierTests : IDisposable
{
    private const string Claims = """{"iss":"https://id.test","aud":["mail","x"],"scope":"smtp openid","exp":1000,"email":"ana@example.test"}""";

    private static readonly TokenRules Rules = new() { Issuers = ["https://id.test"], Audiences = ["mail"], Scopes = ["smtp"] };

    private readonly TokenMint _mint = new();
    private readonly string _file = Path.GetTempFileName();
    private readonly List<string> _warnings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("RS256", null)]
    [InlineData("RS512", "r1")]
    [InlineData("PS256", "r1")]
    [InlineData("ES256", "e1")]
    public async Task SignedToken_IsItsUsers(string algorithm, string? keyId) =>
        Assert.Equal(TokenVerdict.Good("ana@example.test"), await VerifyAsync(_mint.Sign(algorithm, Claims, keyId)));

    [Theory]
    [InlineData("HS256", "shared")]
    [InlineData("HS256", null)]
    [InlineData("none", null)]
    [InlineData("RS256", "e1")]
    [InlineData("RS256", "unknown")]
    public async Task OtherAlgorithmOrKey_IsRefused(string algorithm, string? keyId) =>
        Assert.Equal(TokenVerdict.Bad("token has no valid signature"), await VerifyAsync(_mint.Sign(algorithm, Claims, keyId)));

    [Fact]
    public async Task ChangedAnywhere_IsRefused()
    {
        var token = _mint.Sign("ES256", Claims);
        for (var i = 0; i < token.Length; i += 3)
        {
            // Not the last character of a part: its low bits may be unused.
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            if (i + 1 < token.Length && token[i + 1] != '.' && token[i] != '.')
            {
                Assert.False((await VerifyAsync(changed)).IsGood, $"position {i}");
            }
        }
    }

    [Fact]
    public async Task EveryPrefix_IsRefused()
    {
        var token = _mint.Sign("RS256", Claims);
        for (var length = 0; length < token.Length; length++)
        {
            Assert.False((await VerifyAsync(token[..length])).IsGood);
        }
    }

    [Theory]
    [InlineData("{}", "token has no expiry")]
    [InlineData("""{"exp":"1000"}""", "token has no expiry")]
    [InlineData("""{"exp":900}""", "token is expired")]
    [InlineData("""{"exp":1000,"nbf":1030,"iss":"https://other.test"}""", "token is from another issuer")]
    [InlineData("""{"exp":1000,"nbf":1100}""", "token is not valid yet")]
    [InlineData("""{"exp":910}""", "token is expired")]
    [InlineData("""{"exp":1000,"nbf":1031}""", "token is not valid yet")]
    [InlineData("""{"exp":1000,"iat":1031}""", "token is issued in the future")]
    [InlineData("""{"exp":1000,"iss":"https://id.test"}""", "token is for another audience")]
    [InlineData("""{"exp":1000,"iss":"https://id.test","aud":"mail x"}""", "token is for another audience")]
    [InlineData("""{"exp":1000,"iss":"https://id.test","aud":"mail","scope":"smtpx"}""", "token has no scope smtp")]
    [InlineData("""{"exp":1000,"iss":"https://id.test","aud":"mail","scp":["smtp"]}""", "token has no email")]
    [InlineData("""{"exp":1000,"iss":"https://id.test","aud":"mail","scope":"smtp","email":"a\nb"}""", "token has no email")]
    public async Task Claims_AreHeldAgainstTheRules(string claims, string reason) =>
        Assert.Equal(TokenVerdict.Bad(reason), await VerifyAsync(_mint.Sign("ES256", claims)));

    [Theory]
    [InlineData("\"exp\":911")]
    [InlineData("\"exp\":1000,\"nbf\":1030")]
    [InlineData("\"exp\":1000,\"iat\":1030")]
    [InlineData("\"exp\":911,\"iat\":1030,\"nbf\":1030")]
    public async Task ClocksOfIssuerAndServer_MayDifferByAMinute(string times) => Assert.Equal(
        TokenVerdict.Good("ana@example.test"), await VerifyAsync(_mint.Sign("ES256", Claims.Replace("\"exp\":1000", times, StringComparison.Ordinal))));

    [Fact]
    public async Task CriticalHeaderNobodyKnows_IsRefused() =>
        Assert.Equal(TokenVerdict.Bad("not a signed token"), await VerifyAsync(_mint.Sign("ES256", Claims, "e1", ",\"crit\":[\"b64\"]")));

    [Fact]
    public async Task Pem_WorksToo()
    {
        await File.WriteAllTextAsync(_file, _mint.Pem, Token);
        using var verifier = Verifier();
        Assert.True((await verifier.VerifyAsync(_mint.Sign("RS256", Claims), Token)).IsGood);
        Assert.True((await verifier.VerifyAsync(_mint.Sign("ES256", Claims), Token)).IsGood);
    }

    [Fact]
    public async Task BadNewFile_KeepsTheOldKeys_AndNoFileIsTrouble()
    {
        await File.WriteAllTextAsync(_file, _mint.KeySet, Token);
        using var verifier = Verifier();
        Assert.True((await verifier.VerifyAsync(_mint.Sign("ES256", Claims), Token)).IsGood);
        await File.WriteAllTextAsync(_file, "{", Token);
        File.SetLastWriteTimeUtc(_file, DateTime.UnixEpoch);
        Assert.True((await verifier.VerifyAsync(_mint.Sign("ES256", Claims), Token)).IsGood);
        Assert.Single(_warnings);

        using var other = new KeyedTokenVerifier(_file + ".not", Rules, _warnings.Add, new FixedTime());
        await Assert.ThrowsAsync<IOException>(async () => await other.VerifyAsync(_mint.Sign("ES256", Claims), Token));
    }

    public void Dispose()
    {
        _mint.Dispose();
        File.Delete(_file);
    }

    private async Task<TokenVerdict> VerifyAsync(string token)
    {
        await File.WriteAllTextAsync(_file, _mint.KeySet, Token);
        using var verifier = Verifier();
        return await verifier.VerifyAsync(token, Token);
    }

    private KeyedTokenVerifier Verifier() => new(_file, Rules, _warnings.Add, new FixedTime());

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(970);
    }
}
