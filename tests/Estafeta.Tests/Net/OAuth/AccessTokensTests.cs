using System.Text.Json;
using Estafeta.Net.OAuth.Client;
using Estafeta.Unix.Identity;

namespace Estafeta.Tests.Net.OAuth;

public sealed class AccessTokensTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tokens").FullName;
    private readonly ManualTime _time = new();
    private readonly List<string> _warnings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(_directory, "token.json");

    [Fact]
    public async Task FreshToken_IsTakenFromTheFile()
    {
        await using var provider = new IdentityProvider((500, ""));
        Write(provider, "old", 3600);
        using var tokens = Tokens();
        Assert.Equal("old", await tokens.GetAsync(FilePath, Token));
        Assert.Empty(provider.Requests);
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(30)]
    public async Task TokenNearItsEnd_IsRenewedOnceForAll_AndSaved(int left)
    {
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600,"refresh_token":"r2"}"""));
        Write(provider, "old", left);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        using var tokens = Tokens();
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tokens.GetAsync(FilePath, Token).AsTask()));
        Assert.All(all, token => Assert.Equal("new", token));
        Assert.Equal("/token  grant_type=refresh_token&refresh_token=r1&client_id=me&client_secret=s%26x&scope=smtp", Assert.Single(provider.Requests));

        using var saved = JsonDocument.Parse(await File.ReadAllTextAsync(FilePath, Token));
        Assert.Equal("new", saved.RootElement.GetProperty("access_token").GetString());
        Assert.Equal("r2", saved.RootElement.GetProperty("refresh_token").GetString());
        Assert.Equal("kept", saved.RootElement.GetProperty("note").GetString());
        Assert.Equal(Seconds(3600), saved.RootElement.GetProperty("expiry").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(FilePath));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task FileOfAnotherUser_StaysTheirs_WhenRootRenewsIt()
    {
        Assert.SkipUnless(Privileges.IsRoot, "only root can give files away");
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600}"""));
        Write(provider, "old", -10);
        FileOwnership.Set(FilePath, 12345, 12346);
        using var tokens = Tokens();
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Equal((12345u, 12346u), FileOwnership.Of(FilePath) is { } owner ? (owner.Uid, owner.Gid) : default);
    }

    [Fact]
    public async Task ClientCredentials_NeedNoRefreshToken()
    {
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":"60"}"""));
        await File.WriteAllTextAsync(FilePath, $$"""{"use_client_credentials":"yes","client_id":"me","client_secret":"s","token_endpoint":"{{provider.Url}}"}""", Token);
        using var tokens = Tokens();
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.StartsWith("/token  grant_type=client_credentials&client_id=me", provider.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RevokedGrant_IsTrouble_AndNobodyAsksAgainAtOnce()
    {
        await using var provider = new IdentityProvider((400, """{"error":"invalid_grant","error_description":"secret r1 is revoked"}"""));
        Write(provider, "old", -10);
        using var tokens = Tokens();
        for (var i = 0; i < 3; i++)
        {
            var trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
            Assert.Equal($"{provider.Url} refuses: invalid_grant", trouble.Message);
        }

        Assert.Single(provider.Requests);
        _time.Advance(TimeSpan.FromSeconds(61));
        await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
        Assert.Equal(2, provider.Requests.Count);
    }

    [Theory]
    [InlineData(429, "{}")]
    [InlineData(500, "oops")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"access_token":""}""")]
    [InlineData(302, "{}")]
    public async Task TroubleBeforeTheEnd_UsesWhatThereIs(int status, string body)
    {
        await using var provider = new IdentityProvider((status, body));
        Write(provider, "old", 30);
        using var tokens = Tokens();
        Assert.Equal("old", await tokens.GetAsync(FilePath, Token));
        Assert.Equal("old", await tokens.GetAsync(FilePath, Token));
        Assert.Single(provider.Requests);
        Assert.Single(_warnings);
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("Fri, 02 Jan 2026 03:14:05 GMT")]
    public async Task ThrottlingServer_IsLeftAloneForAsLongAsItSays(string retryAfter)
    {
        await using var provider = new IdentityProvider((429, "<html>"), (200, """{"access_token":"new","expires_in":3600}""")) { RetryAfter = retryAfter };
        Write(provider, "old", -10);
        using var tokens = Tokens();
        var trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
        Assert.Equal($"{provider.Url} answered 429: not before 600s", trouble.Message);

        _time.AdvanceSeconds(599);
        trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
        Assert.Equal($"{provider.Url} answered 429, and is not asked again yet", trouble.Message);
        Assert.Single(provider.Requests);

        _time.AdvanceSeconds(61);
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Equal(2, provider.Requests.Count);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    [InlineData("Thu, 01 Jan 2026 00:00:00 GMT")]
    [InlineData(null)]
    public async Task ThrottlingServer_ThatNamesNoTime_IsAskedAgainAfterAMinute(string? retryAfter)
    {
        await using var provider = new IdentityProvider((503, ""), (200, """{"access_token":"new","expires_in":3600}""")) { RetryAfter = retryAfter };
        Write(provider, "old", -10);
        using var tokens = Tokens();
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
            Assert.Single(provider.Requests);
            _time.AdvanceSeconds(31);
        }

        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
    }

    [Theory]
    [InlineData(+7200)]
    [InlineData(-7200)]
    public async Task ClockThatIsSet_CostsAtMostOneRenewal(int error)
    {
        // The lifetime counts by our own clock, wrong or not: what the server's says is of no account.
        _time.SetClock(TimeSpan.FromSeconds(error));
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600}"""), (200, """{"access_token":"newer","expires_in":3600}"""));
        Write(provider, "old", -10);
        using var tokens = Tokens();
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));

        // Put right: a token that seems to be over is renewed; one that seems to live on, and does not, is refused by the mail server.
        _time.SetClock(TimeSpan.FromSeconds(-error));
        if (error > 0)
        {
            Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
            _time.AdvanceSeconds(3600);
            tokens.Reject(FilePath, "new");
        }

        Assert.Equal("newer", await tokens.GetAsync(FilePath, Token));
        Assert.Equal("newer", await tokens.GetAsync(FilePath, Token));
        Assert.Equal(2, provider.Requests.Count);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(20)]
    public async Task TokenThatLivesNoLongerThanTheWindow_IsUsedToItsEnd(int lifetime)
    {
        await using var provider = new IdentityProvider((200, $$"""{"access_token":"new","expires_in":{{lifetime}}}"""));
        Write(provider, "old", -10);
        using var tokens = Tokens();
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        _time.AdvanceSeconds(lifetime - 1);
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Single(provider.Requests);
        _time.AdvanceSeconds(1);
        await tokens.GetAsync(FilePath, Token);
        Assert.Equal(2, provider.Requests.Count);
    }

    [Fact]
    public async Task TokenWithoutALifetime_IsNotRenewedForEveryMessage()
    {
        await using var provider = new IdentityProvider((200, """{"access_token":"new"}"""));
        Write(provider, "old", -10);
        using var tokens = Tokens();
        await tokens.GetAsync(FilePath, Token);
        _time.AdvanceSeconds(3000);
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task NewTokenThatIsRefused_IsNotReplacedAgainAndAgain()
    {
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600}"""));
        Write(provider, "old", -10);
        using var tokens = Tokens();
        for (var i = 0; i < 3; i++)
        {
            tokens.Reject(FilePath, "new");
        }

        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        tokens.Reject(FilePath, "new");
        var trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
        Assert.Equal($"{FilePath}: the mail server refuses a token that is new", trouble.Message);
        Assert.Single(provider.Requests);
        _time.AdvanceSeconds(61);
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
    }

    [Fact]
    public async Task RefreshTokenThatAnotherProcessHasUsed_IsNoTrouble()
    {
        await using var provider = new IdentityProvider((400, """{"error":"invalid_grant"}"""));
        Write(provider, "old", -10);
        provider.OnRequest = () => Write(provider, "theirs", 3600);
        using var tokens = Tokens();
        Assert.Equal("theirs", await tokens.GetAsync(FilePath, Token));
    }

    [Fact]
    public async Task RejectedToken_IsRenewedWhateverItsEnd()
    {
        // The clocks differ, or somebody revoked it.
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600}"""));
        Write(provider, "old", 3600);
        using var tokens = Tokens();
        Assert.Equal("old", await tokens.GetAsync(FilePath, Token));
        tokens.Reject(FilePath, "old");
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task FileThatCannotBeWritten_KeepsTheNewTokenInMemory()
    {
        await using var provider = new IdentityProvider((200, """{"access_token":"new","expires_in":3600,"refresh_token":"r2"}"""));
        Write(provider, "old", -10);
        Directory.CreateDirectory($"{FilePath}.{Environment.ProcessId}.tmp");
        using var tokens = Tokens();
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Equal("new", await tokens.GetAsync(FilePath, Token));
        Assert.Single(provider.Requests);
        Assert.Single(_warnings);
        Assert.DoesNotContain(_warnings, w => w.Contains("r2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExternallyManagedAndBareTokens_AreTakenAsTheyAre()
    {
        using var tokens = Tokens();
        await File.WriteAllTextAsync(FilePath, "bare\n", Token);
        Assert.Equal("bare", await tokens.GetAsync(FilePath, Token));
        await File.WriteAllTextAsync(FilePath, """{"access_token":"a","expiry":1,"refresh_token":"r","manage_token_externally":true}""", Token);
        Assert.Equal("a", await tokens.GetAsync(FilePath, Token));
    }

    [Fact]
    public async Task EveryPrefixOfAFile_IsTroubleThatTellsNothing()
    {
        const string Text = """{"access_token": "secret", "expiry": "4000000000"}""";
        using var tokens = Tokens();
        for (var length = 1; length < Text.Length; length++)
        {
            await File.WriteAllTextAsync(FilePath, Text[..length], Token);
            var trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
            Assert.Equal($"{FilePath}: malformed token file", trouble.Message);
        }
    }

    [Fact]
    public async Task PlainHttpElsewhere_IsRefused()
    {
        await File.WriteAllTextAsync(FilePath, """{"refresh_token":"r","token_endpoint":"http://id.example.test/token"}""", Token);
        using var tokens = Tokens();
        var trouble = await Assert.ThrowsAnyAsync<IOException>(async () => await tokens.GetAsync(FilePath, Token));
        Assert.Equal("http://id.example.test/token: not an https URL", trouble.Message);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private AccessTokens Tokens() => new(Path.Combine(_directory, "none"), _warnings.Add, _time);

    private string Seconds(int left) => (_time.GetUtcNow().ToUnixTimeSeconds() + left).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Write(IdentityProvider provider, string token, int left) => File.WriteAllText(FilePath, $$"""
        {"access_token":"{{token}}","expiry":"{{Seconds(left)}}","refresh_token":"r1","client_id":"me","client_secret":"s&x","scope":"smtp","note":"kept",
         "token_endpoint":"{{provider.Url}}"}
        """);
}
