using Estafeta.Configuration;
using Estafeta.Daemons.Verify;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;
using Estafeta.Services.Verification;

namespace Estafeta.Tests.Daemons.Verify;

public class VerifyServiceTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryVerificationStore _store = new();
    private readonly MemoryMailLog _log = new();
    private readonly List<string> _probes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UnknownAddress_IsProbedOnce_AndThenKnown()
    {
        var verify = Service();
        Assert.Equal(VerificationAnswer.InProgress, await verify.QueryAsync("User@Example.test", Token));
        Assert.Equal(VerificationAnswer.InProgress, await verify.QueryAsync("user@example.test", Token));
        Assert.Equal(["User@Example.test"], _probes);
        await verify.ProbeFinishedAsync("user@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "250 ok"), Token);
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
        await verify.ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Undeliverable, code, "why"), Token);
        Assert.Equal(expected, (await verify.QueryAsync("a@example.test", Token)).Outcome);
    }

    [Fact]
    public async Task KnownGoodAddress_SurvivesAFailedProbe()
    {
        var verify = Service();
        await verify.ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok"), Token);
        await verify.ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Undeliverable, "4.4.1", "timeout"), Token);
        Assert.Equal(VerificationOutcome.Deliverable, (await verify.QueryAsync("a@example.test", Token)).Outcome);
    }

    [Fact]
    public async Task OldAnswer_IsGivenAndProbedAgain_UntilItExpires()
    {
        var verify = Service();
        await verify.ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok"), Token);
        _time.Advance(TimeSpan.FromDays(8));
        Assert.Equal(VerificationOutcome.Deliverable, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Single(_probes);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(VerificationOutcome.InProgress, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Equal(2, _probes.Count);
    }

    // address_verify_{positive,negative}_{refresh,expire}_time: 2 and 10 hours.
    [Theory]
    [InlineData(DeliveryAction.Deliverable, "positive", 1, VerificationOutcome.Deliverable, 0)]
    [InlineData(DeliveryAction.Deliverable, "positive", 3, VerificationOutcome.Deliverable, 1)]
    [InlineData(DeliveryAction.Deliverable, "positive", 11, VerificationOutcome.InProgress, 1)]
    [InlineData(DeliveryAction.Undeliverable, "negative", 1, VerificationOutcome.Undeliverable, 0)]
    [InlineData(DeliveryAction.Undeliverable, "negative", 3, VerificationOutcome.Undeliverable, 1)]
    [InlineData(DeliveryAction.Undeliverable, "negative", 11, VerificationOutcome.InProgress, 1)]
    public async Task Times_AreTheParameters(DeliveryAction action, string kind, int hours, VerificationOutcome outcome, int probes)
    {
        var verify = Service($"address_verify_{kind}_refresh_time = 2h\naddress_verify_{kind}_expire_time = 10h\n");
        await verify.QueryAsync("a@example.test", Token);
        await verify.ProbeFinishedAsync("a@example.test", Status(action, action == DeliveryAction.Deliverable ? "2.1.5" : "5.1.1", "why"), Token);
        _probes.Clear();
        _time.Advance(TimeSpan.FromHours(hours));
        Assert.Equal(outcome, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Equal(probes, _probes.Count);
    }

    [Fact]
    public async Task NegativeCacheOff_ForgetsFailures()
    {
        var verify = Service("address_verify_negative_cache = no\n");
        await verify.QueryAsync("a@example.test", Token);
        await verify.ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Undeliverable, "5.1.1", "no"), Token);
        Assert.Equal(VerificationOutcome.InProgress, (await verify.QueryAsync("a@example.test", Token)).Outcome);
        Assert.Equal(2, _probes.Count);
    }

    [Fact]
    public async Task Restart_KeepsWhatWasKnown_AndCleanDropsWhatExpired()
    {
        await Service().ProbeFinishedAsync("a@example.test", Status(DeliveryAction.Deliverable, "2.1.5", "ok: really"), Token);
        var verify = Service();
        Assert.Equal("2.1.5 ok: really", (await verify.QueryAsync("a@example.test", Token)).Text);
        Assert.Equal((1, 0), await verify.CleanAsync(Token));
        _time.Advance(TimeSpan.FromDays(40));
        Assert.Equal((0, 1), await verify.CleanAsync(Token));
        Assert.Equal("cache internal:verify full cleanup: retained=0 dropped=1 entries", _log.Lines[^1]);
    }

    [Fact]
    public async Task Cleaning_BeginsWithTheFirstUse()
    {
        var verify = Service();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var cleaning = verify.RunAsync(stopping.Token);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_log.Lines);
        await verify.QueryAsync("a@example.test", Token);
        while (_log.Lines.Count == 0)
        {
            await Task.Delay(1, Token);
        }

        Assert.StartsWith("cache internal:verify full cleanup: ", _log.Lines[0], StringComparison.Ordinal);
        await stopping.CancelAsync();
        await cleaning;
    }

    [Theory]
    [InlineData("")]
    [InlineData("0:1:2")]
    [InlineData("9:1:2:x")]
    [InlineData("0:a:2:x")]
    public void Entry_Malformed_IsForgotten(string stored) => Assert.Null(VerificationEntry.Parse(stored));

    private static DeliveryStatus Status(DeliveryAction action, string code, string reason) => new(action, EnhancedStatus.Parse(code), reason);

    private VerifyService Service(string settings = "") => new(
        VerifySettings.From(ParameterSet.Parse(settings)),
        _store,
        (recipient, _) =>
        {
            _probes.Add(recipient);
            return ValueTask.CompletedTask;
        },
        _log,
        _time);
}
