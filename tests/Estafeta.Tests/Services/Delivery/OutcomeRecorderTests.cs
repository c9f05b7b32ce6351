using Estafeta.Configuration;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Tests.Services.Delivery;

public sealed class OutcomeRecorderTests
{
    private static readonly DateTimeOffset Arrival = new(2026, 11, 25, 14, 0, 0, TimeSpan.Zero);

    private readonly MemoryMailLog _log = new();
    private readonly List<DeliveryStatus> _reports = [];

    private async Task RecordAsync(DeliveryStatus status, string mainCf = "", string filter = "", bool probe = false)
    {
        await using var tables = new TableSet(ParameterSet.Parse(mainCf));
        var recorder = OutcomeRecorder.Create(tables, "smtp_delivery_status_filter", filter, _log, TimeProvider.System);
        var request = new DeliveryRequest
        {
            QueueId = "4ABC",
            Transport = "smtp",
            Nexthop = "x.test",
            Sender = "s@x.test",
            Recipients = [new DeliveryRecipient(3, "r@x.test")],
            ArrivalTime = Arrival,
            ActiveTime = Arrival,
            IsProbe = probe,
        };
        await recorder.RecordAsync(request, request.Recipients[0], status, Arrival, null, Report, TestContext.Current.CancellationToken);

        ValueTask Report(int index, DeliveryStatus reported)
        {
            Assert.Equal(3, index);
            _reports.Add(reported);
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task SoftBounce_TurnsBounceIntoDeferral()
    {
        await RecordAsync(DeliveryStatus.Bounced("5.1.1", "no"), "soft_bounce = yes\n");
        Assert.EndsWith("dsn=4.1.1, status=SOFTBOUNCE (no)", Assert.Single(_log.Lines));
        Assert.Equal(DeliveryAction.Deferred, _reports[0].Action);
    }

    [Fact]
    public async Task Probe_IsDeliverableOrNot()
    {
        await RecordAsync(DeliveryStatus.Sent("2.1.5", "250 Ok"), probe: true);
        await RecordAsync(DeliveryStatus.Deferred("4.1.1", "later"), probe: true);
        Assert.EndsWith("dsn=2.1.5, status=deliverable (250 Ok)", _log.Lines[0]);
        Assert.EndsWith("dsn=4.1.1, status=undeliverable (later)", _log.Lines[1]);
    }

    [Theory]
    [InlineData("static:{5.7.1 no way}", "dsn=5.7.1, status=bounced (no way)")]
    [InlineData("static:{4.7.9 wait more}", "dsn=4.7.9, status=deferred (wait more)")]
    [InlineData("static:{2.0.0 fine}", "dsn=4.1.1, status=deferred (later)")]
    [InlineData("static:{nonsense}", "dsn=4.1.1, status=deferred (later)")]
    public async Task Filter_ReplacesCodeAndText_WithinItsClassOfOutcome(string filter, string expected)
    {
        await RecordAsync(DeliveryStatus.Deferred("4.1.1", "later"), "", filter);
        Assert.EndsWith(expected, _log.Lines[^1]);
    }

    [Fact]
    public async Task Addresses_AreQuotedUnlessInternalIsAskedFor()
    {
        await using var tables = new TableSet(ParameterSet.Parse("info_log_address_format = internal\n"));
        var log = new DeliveryLog(_log, tables.Parameters);
        var request = new DeliveryRequest
        {
            QueueId = "4ABC", Transport = "smtp", Nexthop = "x", Sender = "", ArrivalTime = Arrival, ActiveTime = Arrival,
            Recipients = [new DeliveryRecipient(0, "a b@x.test")],
        };
        var times = new DeliveryTimes(Arrival, null, Arrival);
        log.Write(request, request.Recipients[0], DeliveryStatus.Deferred("4.0.0", "x"), times);
        new DeliveryLog(_log, 2).Write(request, request.Recipients[0], DeliveryStatus.Deferred("4.0.0", "x"), times);
        Assert.Contains("to=<a b@x.test>", _log.Lines[0]);
        Assert.Contains("to=<\"a b\"@x.test>", _log.Lines[1]);
    }
}
