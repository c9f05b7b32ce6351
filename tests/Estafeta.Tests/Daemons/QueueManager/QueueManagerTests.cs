using Estafeta.Daemons.QueueManager;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Services.Delivery;
using Estafeta.Services.Notifications;

namespace Estafeta.Tests.Daemons.QueueManager;

public sealed class QueueManagerTests : IAsyncDisposable
{
    private readonly QueueManagerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Accepted_Delivered_IsRemoved()
    {
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Equal("", _bench.Remaining);
        var request = Assert.Single(_bench.Requests);
        Assert.Equal(("smtp", "example.org", "a@example.com", "b@example.org"), (request.Transport, request.Nexthop, request.Sender, request.Recipients[0].Address));
        Assert.Equal("body\n"u8.ToArray(), request.Body.ToArray());
        Assert.Equal([$"{id}: from=<a@example.com>, size=17, nrcpt=1 (queue active)", $"{id}: removed"], _bench.Log.Lines);
    }

    [Fact]
    public async Task Accepted_TwoDestinations_TwoRequests()
    {
        await _bench.AcceptAsync("a@example.com", "b@one.test", "c@two.test", "d@one.test");
        Assert.Equal([2, 1], _bench.Requests.OrderBy(r => r.Nexthop).Select(r => r.Recipients.Count));
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task Deferred_IsTriedAgainAfterItsAge()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Busy;
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        var entry = Assert.Single(_bench.Store.Entries);
        Assert.Equal((QueueName.Deferred, _bench.Time.GetUtcNow().AddSeconds(300)), (entry.Queue, entry.Due));
        _bench.Time.AdvanceSeconds(299);
        await _bench.ScanAsync();
        Assert.Single(_bench.Requests);
        _bench.Time.AdvanceSeconds(1);
        await _bench.ScanAsync();
        Assert.Equal(2, _bench.Requests.Count);
        _bench.Time.AdvanceSeconds(700);
        await _bench.ScanAsync();
        Assert.Equal(_bench.Time.GetUtcNow().AddSeconds(1000), _bench.Store.FindEntry(id)!.Value.Due);
        _bench.Answer = (_, _) => QueueManagerBench.Sent;
        _bench.Time.AdvanceSeconds(1000);
        await _bench.ScanAsync();
        Assert.Equal("", _bench.Remaining);
    }

    /// <summary>A recipient that is an alias: the sender is told of each member that failed.</summary>
    [Fact]
    public async Task Bounced_WithParts_TellsOfEachThatFailed()
    {
        DeliveryPart[] parts = [new("list@example.org", "", QueueManagerBench.Refused), new("m@example.org", "list@example.org", QueueManagerBench.Refused), new("n@example.org", "", QueueManagerBench.Sent)];
        _bench.Answer = (_, _) => QueueManagerBench.Refused with { Parts = parts };
        await _bench.AcceptAsync("a@example.com", "list@example.org");
        Assert.Equal(
            ["list@example.org", "m@example.org from list@example.org"],
            Assert.Single(_bench.Notifications).Recipients.Select(r => r.Recipient.OriginalAddress.Length > 0 && r.Recipient.OriginalAddress != r.Address ? $"{r.Address} from {r.Recipient.OriginalAddress}" : r.Address));
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task Deferred_WithParts_TellsOfThoseThatFailedInEachAttempt()
    {
        DeliveryPart[] parts = [new("f@example.org", "", QueueManagerBench.Refused), new("d@example.org", "", QueueManagerBench.Busy), new("s@example.org", "", QueueManagerBench.Sent)];
        _bench.Answer = (_, _) => QueueManagerBench.Busy with { Parts = parts };
        await _bench.AcceptAsync("a@example.com", "list@example.org");
        Assert.Equal("Deferred", _bench.Remaining);
        _bench.Time.AdvanceSeconds(300);
        await _bench.ScanAsync();
        Assert.Equal(["f@example.org", "f@example.org"], _bench.Notifications.Select(n => Assert.Single(n.Recipients).Address));
        Assert.All(_bench.Notifications, n => Assert.Equal(NotificationKind.Failure, n.Kind));
    }

    [Fact]
    public async Task Log_QuotesTheSender()
    {
        var id = await _bench.AcceptAsync("two words@example.com", "b@example.org");
        Assert.Contains($"{id}: from=<\"two words\"@example.com>, size=17, nrcpt=1 (queue active)", _bench.Log.Lines);
    }

    [Fact]
    public async Task Deferred_OnlyTheUnfinishedAreTriedAgain()
    {
        _bench.Answer = (_, address) => address[0] == 'b' ? QueueManagerBench.Busy : address[0] == 'c' ? QueueManagerBench.Refused : QueueManagerBench.Sent;
        await _bench.AcceptAsync("a@example.com", "b@example.org", "c@example.org", "d@example.org");
        Assert.Equal("Deferred", _bench.Remaining);
        Assert.Equal(["c@example.org"], Assert.Single(_bench.Notifications).Recipients.Select(r => r.Address));
        _bench.Answer = (_, _) => QueueManagerBench.Sent;
        _bench.Time.AdvanceSeconds(300);
        await _bench.ScanAsync();
        Assert.Equal(["b@example.org"], _bench.Requests[^1].Recipients.Select(r => r.Address));
        Assert.Single(_bench.Notifications);
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task Bounced_NotificationFails_TheRecipientIsTriedAgain()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Refused;
        _bench.CanNotify = false;
        await _bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Equal("Deferred", _bench.Remaining);
        _bench.CanNotify = true;
        _bench.Time.AdvanceSeconds(300);
        await _bench.ScanAsync();
        Assert.Equal("", _bench.Remaining);
        Assert.Equal(2, _bench.Notifications.Count);
    }

    [Fact]
    public async Task Accepted_WithAKnownFailure_SenderIsTold()
    {
        var (message, content) = _bench.Store.Accept(_bench.NewEnvelope("a@example.com", "b@example.org", "c@example.org"));
        _bench.Service.MessageAccepted(message with { Outcomes = [QueueManagerBench.Refused, null] }, content);
        await _bench.IdleAsync();
        Assert.Equal(["c@example.org"], Assert.Single(_bench.Requests).Recipients.Select(r => r.Address));
        Assert.Equal(["b@example.org"], Assert.Single(_bench.Notifications).Recipients.Select(r => r.Address));
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task Expired_SenderIsTold()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Busy;
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        _bench.Time.Advance(TimeSpan.FromDays(5));
        await _bench.ScanAsync();
        Assert.Contains($"{id}: from=<a@example.com>, status=expired, returned to sender", _bench.Log.Lines);
        var notification = Assert.Single(_bench.Notifications);
        Assert.Equal((NotificationKind.Failure, DeliveryAction.Deferred), (notification.Kind, notification.Recipients[0].Status.Action));
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task ForceExpired_NoAttempt_SenderIsToldTheLastReason()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Busy;
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        _bench.Store.Expire(id);
        _bench.Service.Flush(id);
        await _bench.ScanAsync(ScanRequest.None);
        Assert.Single(_bench.Requests);
        Assert.Contains($"{id}: from=<a@example.com>, status=force-expired, returned to sender", _bench.Log.Lines);
        Assert.Equal("busy", _bench.Notifications[0].Recipients[0].Status.Reason);
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task DelayWarning_OnceAfterItsTime()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { DelayWarningTime = TimeSpan.FromHours(1) });
        bench.Answer = (_, _) => QueueManagerBench.Busy;
        await bench.AcceptAsync("a@example.com", "b@example.org");
        for (var i = 0; i < 20; i++)
        {
            bench.Time.AdvanceSeconds(600);
            await bench.ScanAsync();
        }

        var warning = Assert.Single(bench.Notifications);
        Assert.Equal(NotificationKind.Delay, warning.Kind);
    }

    [Fact]
    public async Task Success_AskedFor_SenderIsTold()
    {
        var envelope = _bench.NewEnvelope("a@example.com", "b@example.org", "c@example.org");
        await _bench.AcceptAsync(envelope with { Recipients = [envelope.Recipients[0] with { Notify = DsnNotify.Success }, envelope.Recipients[1]] });
        var notification = Assert.Single(_bench.Notifications);
        Assert.Equal((NotificationKind.Success, 1), (notification.Kind, notification.Recipients.Count));
    }

    [Fact]
    public async Task ErrorTransport_Bounces()
    {
        var id = await _bench.AcceptAsync("a@example.com", "b@error.test", "c@bad.test");
        Assert.Empty(_bench.Requests);
        Assert.Equal(2, Assert.Single(_bench.Notifications).Recipients.Count);
        Assert.Contains($"{id}: to=<b@error.test>, relay=none, delay=0, delays=0/0/0/0, dsn=5.7.1, status=bounced (closed)", _bench.Log.Lines);
        Assert.Contains($"{id}: to=<c@bad.test>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.3, status=bounced (bad address syntax)", _bench.Log.Lines);
    }

    [Fact]
    public async Task ResolverTrouble_Defers()
    {
        var id = await _bench.AcceptAsync("a@example.com", "b@trouble.test");
        Assert.Equal("Deferred", _bench.Remaining);
        Assert.Contains($"{id}: to=<b@trouble.test>, relay=none, delay=0, delays=0/0/0/0, dsn=4.3.0, status=deferred (table trouble)", _bench.Log.Lines);
    }

    [Fact]
    public async Task DoubleBounceUser_IsDiscarded()
    {
        var id = await _bench.AcceptAsync("", "double-bounce@local.test");
        Assert.Equal("", _bench.Remaining);
        Assert.Contains(
            $"{id}: to=<double-bounce@local.test>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (undeliverable postmaster notification discarded)",
            _bench.Log.Lines);
    }

    [Fact]
    public async Task ContentFilter_TakesAll()
    {
        await _bench.AcceptAsync(_bench.NewEnvelope("a@example.com", "b@one.test", "c@two.test") with { ContentFilter = "scan:[127.0.0.1]:10025" });
        var request = Assert.Single(_bench.Requests);
        Assert.Equal(("scan", "[127.0.0.1]:10025", 2), (request.Transport, request.Nexthop, request.Recipients.Count));
    }

    [Fact]
    public async Task ContentFilter_WithoutNexthop_ByDomain()
    {
        await _bench.AcceptAsync(_bench.NewEnvelope("a@example.com", "b@one.test", "c@two.test") with { ContentFilter = "scan:" });
        Assert.Equal(["one.test", "two.test"], _bench.Requests.Select(r => r.Nexthop).Order());
    }

    [Fact]
    public async Task DeferTransports_WaitsForAFlush()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { DeferTransports = System.Collections.Frozen.FrozenSet.ToFrozenSet(["smtp"]) });
        var id = await bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Contains($"{id}: to=<b@example.org>, relay=none, delay=0, delays=0/0/0/0, dsn=4.3.2, status=deferred (deferred transport)", bench.Log.Lines);
        bench.Time.AdvanceSeconds(300);
        await bench.ScanAsync();
        Assert.Equal("Deferred", bench.Remaining);
        await bench.ScanAsync(ScanRequest.IgnoreDue);
        Assert.Equal("", bench.Remaining);
    }

    [Fact]
    public async Task SoftBounce_NothingBounces()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { SoftBounce = true });
        bench.Answer = (_, _) => QueueManagerBench.Refused;
        var id = await bench.AcceptAsync("a@example.com", "b@example.org", "c@error.test");
        Assert.Equal("Deferred", bench.Remaining);
        Assert.Empty(bench.Notifications);
        Assert.Contains($"{id}: to=<c@error.test>, relay=none, delay=0, delays=0/0/0/0, dsn=4.7.1, status=SOFTBOUNCE (closed)", bench.Log.Lines);
    }

    [Fact]
    public async Task TransportUnavailable_Defers_AndIsLeftAlone()
    {
        _bench.Answer = (_, _) => throw new TransportUnavailableException("No such file or directory", new IOException("connect to private/x: No such file or directory"));
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Equal(
            [
                $"{id}: from=<a@example.com>, size=17, nrcpt=1 (queue active)",
                "warning: connect to transport private/smtp: No such file or directory",
                $"{id}: to=<b@example.org>, relay=none, delay=0, delays=0/0/0/0, dsn=4.3.0, status=deferred (mail transport unavailable)",
            ],
            _bench.Log.Lines);
        await _bench.AcceptAsync("a@example.com", "c@example.com");
        Assert.Single(_bench.Requests);
        Assert.Equal("Deferred Deferred", _bench.Remaining);
    }

    [Fact]
    public async Task AgentDies_Defers()
    {
        _bench.Answer = (_, _) => throw new IOException("connection lost");
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Equal("Deferred", _bench.Remaining);
        Assert.Contains($"{id}: to=<b@example.org>, relay=none, delay=0, delays=0/0/0/0, dsn=4.3.0, status=deferred (unknown mail transport error)", _bench.Log.Lines);
    }

    [Fact]
    public async Task AgentDiesOnce_TheRestIsTriedAgain()
    {
        var died = false;
        _bench.Answer = (_, address) =>
        {
            if (address[0] == 'c' && !died)
            {
                died = true;
                throw new IOException("connection lost");
            }

            return QueueManagerBench.Sent;
        };
        await _bench.AcceptAsync("a@example.com", "b@example.org", "c@example.org", "d@example.org");
        Assert.Equal("", _bench.Remaining);
        Assert.Equal(["c@example.org", "d@example.org"], _bench.Requests[1].Recipients.Select(r => r.Address));
    }

    [Fact]
    public async Task Probe_VerifyIsTold_AndItIsGone()
    {
        var status = new DeliveryStatus(DeliveryAction.Undeliverable, EnhancedStatus.Parse("4.4.1"), "down");
        _bench.Answer = (_, _) => status;
        await _bench.AcceptAsync(_bench.NewEnvelope("", "b@example.org") with { IsProbe = true });
        Assert.Equal(("b@example.org", status), Assert.Single(_bench.Probes));
        Assert.Empty(_bench.Notifications);
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task TooManyProbes_AreAnsweredAtOnce()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { ProbeLimit = 1 });
        bench.Gate = new TaskCompletionSource();
        await bench.AcceptAsync(bench.NewEnvelope("", "b@example.org") with { IsProbe = true });
        await bench.ArrivedAsync(1);
        await bench.AcceptAsync(bench.NewEnvelope("", "c@example.org") with { IsProbe = true });
        bench.Gate.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        Assert.Equal("Too many address verification requests", bench.Probes.Single(p => p.Address[0] == 'c').Status.Reason);
        Assert.Single(bench.Requests);
    }

    [Fact]
    public async Task ClockSetForward_NothingExpiresForOneRun()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Busy;
        await _bench.AcceptAsync("a@example.com", "b@example.org");
        _bench.Time.SetClock(TimeSpan.FromDays(365));
        await _bench.ScanAsync();
        Assert.Equal("Deferred", _bench.Remaining);
        Assert.Empty(_bench.Notifications);
        Assert.Contains(_bench.Log.Lines, l => l.StartsWith("warning: the clock was set forward by 31536000 seconds", StringComparison.Ordinal));
        _bench.Time.AdvanceSeconds(4000);
        await _bench.ScanAsync();
        Assert.Single(_bench.Notifications);
    }

    [Fact]
    public async Task ClockSetBack_DeferredMailIsStillTried()
    {
        _bench.Answer = (_, _) => QueueManagerBench.Busy;
        await _bench.AcceptAsync("a@example.com", "b@example.org");
        _bench.Time.SetClock(TimeSpan.FromDays(-30));
        await _bench.ScanAsync();
        Assert.Equal(2, _bench.Requests.Count);
    }

    [Fact]
    public async Task CloggedQueue_AdministratorIsTold()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { ActiveMessageLimit = 20 });
        bench.Gate = new TaskCompletionSource();
        for (var i = 0; i < 15; i++)
        {
            await bench.AcceptAsync("a@example.com", "b@slow.test");
        }

        await bench.ArrivedAsync(5);
        bench.Gate.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        Assert.Contains(bench.Log.Lines, l => l.StartsWith("warning: mail for slow.test is using up ", StringComparison.Ordinal));
        Assert.Equal(1, bench.Log.Lines.Count(l => l.Contains("is using up", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task FeedbackDebug_LogsTheWindow()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { HasFeedbackDebug = true }, new TransportSettings { Name = "smtp", InitialConcurrency = 1 });
        bench.Answer = (_, _) => QueueManagerBench.Busy;
        bench.DestinationFailure = _ => QueueManagerBench.Busy;
        await bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.Contains("qmgr_queue_throttle: queue example.org: limit 20 window 0 success 0 failure 0 fail_cohorts 1", bench.Log.Lines);
    }

    [Fact]
    public async Task AgentForgetsARecipient_ItIsDeferred()
    {
        _bench.Answer = (_, address) => address[0] == 'b' ? null : QueueManagerBench.Sent;
        await _bench.AcceptAsync("a@example.com", "b@example.org", "c@example.org");
        Assert.Equal("Deferred", _bench.Remaining);
    }

    [Fact]
    public async Task DeadDestination_OtherMailIsSuspended()
    {
        await using var bench = new QueueManagerBench(smtp: new TransportSettings { Name = "smtp", InitialConcurrency = 1 });
        var refused = DeliveryStatus.Deferred("4.4.1", "connect to mx[192.0.2.1]:25: Connection refused");
        bench.Answer = (_, _) => refused;
        bench.DestinationFailure = _ => refused;
        await bench.AcceptAsync("a@example.com", "b@example.org");
        var id = await bench.AcceptAsync("a@example.com", "c@example.org");
        Assert.Single(bench.Requests);
        Assert.Contains(
            $"{id}: to=<c@example.org>, relay=none, delay=0, delays=0/0/0/0, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to mx[192.0.2.1]:25: Connection refused)",
            bench.Log.Lines);
    }

    [Fact]
    public async Task Verp_OneDeliveryARecipient()
    {
        await _bench.AcceptAsync(_bench.NewEnvelope("list@example.com", "b@one.test", "c@one.test") with { Verp = "+=" });
        Assert.Equal(["list+b=one.test@example.com", "list+c=one.test@example.com"], _bench.Requests.Select(r => r.Sender).Order());
    }

    [Fact]
    public async Task Withdraw_Waiting_GoesToHold()
    {
        _bench.Gate = new TaskCompletionSource();
        var recipients = Enumerable.Range(0, 300).Select(i => $"u{i}@example.org").ToArray();
        var id = await _bench.AcceptAsync("a@example.com", recipients);
        await _bench.ArrivedAsync(5);
        Assert.True(_bench.Service.Withdraw(id, Withdrawal.Hold));
        _bench.Gate.SetResult();
        _bench.Gate = null;
        await _bench.IdleAsync();
        Assert.Equal("Hold", _bench.Remaining);
        var message = await _bench.Store.LoadAsync(id, CancellationToken.None);
        Assert.Equal(250, message!.Outcomes.Count(o => o?.Action == DeliveryAction.Sent));
    }

    [Fact]
    public async Task Withdraw_Delete_IsGone()
    {
        _bench.Gate = new TaskCompletionSource();
        var id = await _bench.AcceptAsync("a@example.com", "b@example.org");
        Assert.True(_bench.Service.Withdraw(id, Withdrawal.Delete));
        _bench.Gate.SetResult();
        _bench.Gate = null;
        await _bench.IdleAsync();
        Assert.Equal("", _bench.Remaining);
    }

    [Fact]
    public async Task Withdraw_Requeue_WaitsForPickupWhenItsDeliveriesHaveEnded()
    {
        _bench.Gate = new TaskCompletionSource();
        var id = await _bench.AcceptAsync("a@example.com", [.. Enumerable.Range(0, 300).Select(i => $"u{i}@example.org")]);
        await _bench.ArrivedAsync(5);
        Assert.True(_bench.Service.Withdraw(id, Withdrawal.Requeue));
        Assert.Equal(0, _bench.Requeued);
        _bench.Gate.SetResult();
        _bench.Gate = null;
        await _bench.IdleAsync();
        Assert.Equal(("Maildrop", 1), (_bench.Remaining, _bench.Requeued));
        var message = await _bench.Store.LoadAsync(id, CancellationToken.None);
        Assert.Equal(250, message!.Outcomes.Count(o => o?.Action == DeliveryAction.Sent));
    }

    [Theory]
    [InlineData(Withdrawal.Delete, "")]
    [InlineData(Withdrawal.Hold, "Hold")]
    [InlineData(Withdrawal.Requeue, "Maildrop")]
    internal async Task Withdraw_WhileTheSenderIsTold_Holds(Withdrawal withdrawal, string remaining)
    {
        _bench.Answer = (_, address) => address[0] == 'b' ? QueueManagerBench.Refused : QueueManagerBench.Busy;
        var (message, content) = _bench.Store.Accept(_bench.NewEnvelope("a@example.com", "b@example.org", "c@example.org"));
        _bench.WhileNotifying = () => Assert.True(_bench.Service.Withdraw(message.Id, withdrawal));
        _bench.Service.MessageAccepted(message, content);
        await _bench.IdleAsync();
        Assert.Equal(remaining, _bench.Remaining);
    }

    [Fact]
    public async Task ActiveLimit_RestWaitsAndIsServed()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { ActiveMessageLimit = 10 });
        bench.Gate = new TaskCompletionSource();
        for (var i = 0; i < 30; i++)
        {
            await bench.AcceptAsync("a@example.com", $"b@d{i}.test");
        }

        await bench.ArrivedAsync(10);
        Assert.Equal(10, bench.Requests.Count);
        bench.Gate.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        await bench.ScanAsync(ScanRequest.None);
        Assert.Equal("", bench.Remaining);
        Assert.Equal(30, bench.Requests.Count);
    }

    /// <summary>in_flow_delay: what is behind is the queue manager, not a destination.</summary>
    [Fact]
    public async Task ActiveLimit_NewMailIsHeldBackUntilThereIsRoom()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { ActiveMessageLimit = 2 });
        bench.Gate = new TaskCompletionSource();
        await bench.AcceptAsync("a@example.com", "b@slow.test");
        await bench.AcceptAsync("a@example.com", "b@slow.test");
        Assert.True(bench.Service.InFlow.WaitAsync(TimeSpan.FromSeconds(1), CancellationToken.None).AsTask().IsCompletedSuccessfully);
        await bench.AcceptAsync("a@example.com", "b@other.test");
        var waiting = bench.Service.InFlow.WaitAsync(TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();
        Assert.Equal(1, bench.Service.InFlow.WaitingCount);
        await bench.ArrivedAsync(2);
        bench.Gate.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        await bench.ScanAsync(ScanRequest.None);
        await waiting.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal("", bench.Remaining);
    }

    [Fact]
    public async Task ActiveLimit_NewMailTakesTheRoom_TheOneThatWaitedStillComes()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { ActiveMessageLimit = 1 });
        var (first, _) = bench.Store.Accept(bench.NewEnvelope("a@example.com", "b@first.test"));
        bench.Store.WhileLoading = () =>
        {
            bench.Store.WhileLoading = null;
            bench.Gate = new TaskCompletionSource();
            var (second, content) = bench.Store.Accept(bench.NewEnvelope("a@example.com", "b@second.test"));
            bench.Service.MessageAccepted(second, content);
        };
        await bench.ScanAsync();
        await bench.ArrivedAsync(1);
        Assert.True(bench.Service.IsActive(bench.Store.Entries.Single(e => e.Id != first.Id).Id));
        bench.Gate!.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        await bench.ScanAsync(ScanRequest.None);
        Assert.Equal(["second.test", "first.test"], bench.Requests.Select(r => r.Nexthop));
        Assert.Equal("", bench.Remaining);
    }

    [Fact]
    public async Task ManyRecipients_AreScheduledInBatches()
    {
        await using var bench = new QueueManagerBench(new QueueManagerSettings { RecipientLimit = 100 });
        bench.Gate = new TaskCompletionSource();
        await bench.AcceptAsync("a@example.com", [.. Enumerable.Range(0, 1000).Select(i => $"u{i}@example.org")]);
        await bench.ArrivedAsync(2);
        Assert.Equal(100, bench.Requests.Sum(r => r.Recipients.Count));
        bench.Gate.SetResult();
        bench.Gate = null;
        await bench.IdleAsync();
        Assert.Equal(1000, bench.Requests.SelectMany(r => r.Recipients).Select(r => r.Address).Distinct().Count());
        Assert.Equal("", bench.Remaining);
    }

    [Fact]
    public async Task Stop_DeliveredRecipientsAreRecorded()
    {
        await using var bench = new QueueManagerBench();
        using var stop = new CancellationTokenSource();
        using var abort = new CancellationTokenSource();
        var run = bench.Service.RunAsync(stop.Token, abort.Token);
        bench.Gate = new TaskCompletionSource();
        var id = await bench.AcceptAsync("a@example.com", [.. Enumerable.Range(0, 300).Select(i => $"u{i}@example.org")]);
        await bench.ArrivedAsync(5);
        await stop.CancelAsync();
        bench.Gate.SetResult();
        await run;
        var message = await bench.Store.LoadAsync(id, CancellationToken.None);

        // Five batches are on their way when the stop comes; the sixth may still have been started.
        var delivered = bench.Requests.Sum(r => r.Recipients.Count);
        Assert.InRange(delivered, 250, 300);
        Assert.Equal(delivered, message == null ? 300 : message.Outcomes.Count(o => o?.Action == DeliveryAction.Sent));
        Assert.True(message == null || message.Queue == QueueName.Incoming);
    }

    [Fact]
    public async Task Abort_DeliveriesUnderWayStayInTheQueue()
    {
        await using var bench = new QueueManagerBench();
        using var stop = new CancellationTokenSource();
        using var abort = new CancellationTokenSource();
        var run = bench.Service.RunAsync(stop.Token, abort.Token);
        bench.Gate = new TaskCompletionSource();
        await bench.AcceptAsync("a@example.com", "b@example.org");
        await bench.ArrivedAsync(1);
        await stop.CancelAsync();
        await abort.CancelAsync();
        await run;
        Assert.Equal("Incoming", bench.Remaining);
    }

    [Fact]
    public async Task Start_FindsWhatEarlierRunsLeft()
    {
        _bench.Store.Accept(_bench.NewEnvelope("a@example.com", "b@example.org"));
        _bench.Store.Accept(_bench.NewEnvelope("a@example.com", "c@example.org"), queue: QueueName.Deferred);
        _bench.Store.Accept(_bench.NewEnvelope("a@example.com", "d@example.org"), queue: QueueName.Hold);
        await _bench.ScanAsync();
        Assert.Equal("Hold", _bench.Remaining);
    }

    [Fact]
    public async Task ManyMessagesAtOnce_AllAreDelivered()
    {
        var messages = Enumerable.Range(0, 2000).Select(i => _bench.Store.Accept(_bench.NewEnvelope("a@example.com", $"b@d{i % 7}.test"))).ToArray();
        await Parallel.ForEachAsync(messages, (message, _) =>
        {
            _bench.Service.MessageAccepted(message.Message, message.Content);
            return ValueTask.CompletedTask;
        });
        await _bench.IdleAsync();
        Assert.Equal("", _bench.Remaining);
        Assert.Equal(2000, _bench.Requests.Count);
    }
}
