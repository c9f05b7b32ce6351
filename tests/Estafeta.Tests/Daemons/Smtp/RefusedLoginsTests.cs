using Estafeta.Daemons.Smtp;
using Estafeta.Mail.Dsn;
using Estafeta.Net.Sasl.Client;
using Estafeta.Tables;

namespace Estafeta.Tests.Daemons.Smtp;

public sealed class RefusedLoginsTests : IAsyncDisposable
{
    private static readonly SaslCredentials Joe = new("joe", "secret");

    private readonly ManualTime _time = new();
    private readonly MemoryTable _table = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refusal_IsKnownForTheSamePasswordUntilItsTime()
    {
        var logins = Logins();
        await logins.RememberAsync("MX.test", Joe, new SmtpReply(535, EnhancedStatus.Parse("5.7.8"), "535 5.7.8 no; not you"), Token);
        Assert.Equal("535 5.7.8 no; not you", (await logins.FindAsync("mx.test", Joe, Token))?.Text);
        Assert.Null(await logins.FindAsync("mx.test", Joe with { Password = "other" }, Token));
        Assert.Null(await logins.FindAsync("mx2.test", Joe, Token));
        Assert.DoesNotContain("secret", _table.Entries["mx.test;joe"], StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(91));
        Assert.Null(await logins.FindAsync("mx.test", Joe, Token));
    }

    [Theory]
    [InlineData(454)]
    [InlineData(550)]
    public async Task OtherReplies_AreNotRemembered(int code)
    {
        await Logins().RememberAsync("mx.test", Joe, new SmtpReply(code, default, $"{code} no"), Token);
        Assert.Empty(_table.Entries);
    }

    [Fact]
    public async Task DamagedEntry_IsNoEntry()
    {
        var logins = Logins();
        await logins.RememberAsync("mx.test", Joe, new SmtpReply(535, EnhancedStatus.Parse("5.7.8"), "535 no"), Token);
        var whole = _table.Entries["mx.test;joe"];
        for (var length = 0; length < whole.LastIndexOf("535", StringComparison.Ordinal) - 1; length++)
        {
            _table.Entries["mx.test;joe"] = whole[..length];
            Assert.Null(await logins.FindAsync("mx.test", Joe, Token));
        }
    }

    public ValueTask DisposeAsync() => _table.DisposeAsync();

    private RefusedLogins Logins() => new(_table, TimeSpan.FromDays(90), _time);

    private sealed class MemoryTable : IUpdatableTable
    {
        public Dictionary<string, string> Entries { get; } = [];

        public string Name => "memory:";

        public bool HasFixedKeys => true;

        public ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Entries.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.NotFound);

        public ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken)
        {
            Entries[key] = value;
            return ValueTask.FromResult(true);
        }

        public ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(Entries.Remove(key));

        public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => Entries.ToAsyncEnumerable();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
