using Estafeta.Configuration;
using Estafeta.Daemons.Verify;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Verification;

namespace Estafeta.Tests.Daemons.Verify;

public class VerifyServiceTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryStore _store = new();
    private readonly List<string> _probes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UnknownAddress_IsProbedOnce_AndThenKnown()
    {
        var verify = Service();
        Assert.Equal(VerificationAnswer.InProgress, await verify.QueryAsync("User@Example.test", Token));
        Assert.Equal(VerificationAnswer.InProgress, await verify.QueryAsync("user@example.test", Token));
        Assert.Equal(["double-bounce@mail.example.test>User@Example.test"], _probes);
        verify.ProbeFinished("user@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "250 ok"));
        Assert.Equal(new VerificationAnswer(VerificationOutcome.Deliverable, "2.1.5 250 ok"), await verify.QueryAsync("user@example.test", Token));
        Assert.Single(_probes);
    }

    [Theory]
    [InlineData("5.1.1", VerificationOutcome.Undeliverable)]
    [InlineData("4.4.1", VerificationOutcome.Deferred)]
    public async Task FailedProbe_IsRemembered(string code, VerificationOutcome expected)
    {
        var verify = Service();
        await verify.QueryAsync("a@example.test", Token);
        verify.ProbeFinished("a@example.test", Status(DeliveryAction.Undeliverable, code, "why"));
        Assert.Equal(expected, (await verify.QueryAsync("a@example.test", Token)).Outcome);
    }

    [Fact]
    public async Task KnownGoodAddress_SurvivesATemporaryFailure()
    {
        var verify = Service();
        verify.ProbeFinished("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok"));
        verify.ProbeFinished("a@example.test", Status(DeliveryAction.Undeliverable, "4.4.1", "timeout"));
        Assert.Equal(VerificationOutcome.Deliverable, (await verify.QueryAsync("a@example.test", Token)).Outcome);
    }

    [Fact]
    public async Task OldAnswer_IsGivenAndProbedAgain_UntilItExpires()
    {
        var verify = Service();
        verify.ProbeFinished("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok"));
        _time.Advance(TimeSpan.FromDays(8));
        Assert.Equal(VerificationOutcome.Deliverable, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Single(_probes);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(VerificationOutcome.InProgress, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Equal(2, _probes.Count);
    }

    [Fact]
    public async Task NegativeCacheOff_ForgetsFailures()
    {
        var verify = Service("address_verify_negative_cache = no\n");
        await verify.QueryAsync("a@example.test", Token);
        verify.ProbeFinished("a@example.test", Status(DeliveryAction.Undeliverable, "5.1.1", "no"));
        Assert.Equal(VerificationOutcome.InProgress, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Equal(2, _probes.Count);
    }

    [Fact]
    public async Task Restart_KeepsWhatWasKnown_AndCleanDropsWhatExpired()
    {
        Service().ProbeFinished("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok: really"));
        var verify = Service();
        Assert.Equal("2.1.5 ok: really", (await verify.QueryAsync("a@example.test", Token)).Text);
        Assert.Equal((1, 0), verify.Clean());
        _time.Advance(TimeSpan.FromDays(40));
        Assert.Equal((0, 1), verify.Clean());
        Assert.Empty(_store.Stored);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0:1:2")]
    [InlineData("9:1:2:x")]
    [InlineData("0:a:2:x")]
    public void Entry_Malformed_IsForgotten(string stored) => Assert.Null(VerificationEntry.Parse(stored));

    private static DeliveryStatus Status(DeliveryAction action, string code, string reason) => new(action, EnhancedStatus.Parse(code), reason);

    private VerifyService Service(string settings = "") => new(
        VerifySettings.From(ParameterSet.Parse("myhostname = mail.example.test\naddress_verify_sender = double-bounce@mail.example.test\n" + settings)),
        _store,
        (sender, recipient, _) =>
        {
            _probes.Add($"{sender}>{recipient}");
            return ValueTask.CompletedTask;
        },
        _time);

    private sealed class MemoryStore : IVerificationStore
    {
        public Dictionary<string, string> Stored { get; } = [];

        public IEnumerable<KeyValuePair<string, VerificationEntry>> Load() =>
            Stored.Select(s => KeyValuePair.Create(s.Key, VerificationEntry.Parse(s.Value)!));

        public void Put(string address, VerificationEntry entry) => Stored[address] = entry.ToString();

        public void Remove(string address) => Stored.Remove(address);
    }

    private sealed class ManualTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
