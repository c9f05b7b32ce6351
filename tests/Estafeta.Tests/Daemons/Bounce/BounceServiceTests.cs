using Estafeta.Configuration;
using Estafeta.Daemons.Bounce;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;

namespace Estafeta.Tests.Daemons.Bounce;

public sealed class BounceServiceTests
{
    private readonly RecordingCleanup _cleanup = new("ABCDE10001", "ABCDE10002", "ABCDE10003");
    private readonly MemoryMailLog _log = new();
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(DsnNotify.Unspecified, 1)]
    [InlineData(DsnNotify.Failure, 1)]
    [InlineData(DsnNotify.Failure | DsnNotify.Delay, 1)]
    [InlineData(DsnNotify.Delay, 0)]
    [InlineData(DsnNotify.Success, 0)]
    [InlineData(DsnNotify.Never, 0)]
    public async Task Failure_NotifyDecides(DsnNotify notify, int expected)
    {
        Assert.True(await SendAsync(NotificationKind.Failure, notify: notify));
        Assert.Equal(expected, _cleanup.Messages.Count);
    }

    [Fact]
    public async Task Failure_IsPostedFromTheNullSender()
    {
        await SendAsync(NotificationKind.Failure);
        var posted = Assert.Single(_cleanup.Messages);
        Assert.Equal(("", "a@example.com"), (posted.Request.Sender, Assert.Single(posted.Recipients).Address));
        Assert.True(posted.Request.Flags.HasFlag(CleanupFlags.InternalMail | CleanupFlags.NoHeaderBodyChecks | CleanupFlags.NoMilters));
        Assert.Equal(["9999910000: sender non-delivery notification: ABCDE10001"], _log.Lines);
    }

    [Theory]
    [InlineData(NotificationKind.Failure, "sender non-delivery|postmaster non-delivery")]
    [InlineData(NotificationKind.Delay, "sender delay|postmaster delay")]
    [InlineData(NotificationKind.Success, "sender delivery status")]
    [InlineData(NotificationKind.Report, "sender delivery status")]
    public async Task Notifications_AreLogged(NotificationKind kind, string notifications)
    {
        Assert.True(await SendAsync(kind, classes: "bounce, delay", notify: DsnNotify.Failure | DsnNotify.Delay | DsnNotify.Success));
        Assert.Equal(notifications.Split('|').Select((n, i) => $"9999910000: {n} notification: ABCDE1000{i + 1}"), _log.Lines);
    }

    [Theory]
    [InlineData(NotificationKind.Failure)]
    [InlineData(NotificationKind.Delay)]
    [InlineData(NotificationKind.Success)]
    [InlineData(NotificationKind.Report)]
    public async Task NullSender_IsNotTold(NotificationKind kind)
    {
        Assert.True(await SendAsync(kind, sender: ""));
        Assert.Empty(_cleanup.Messages);
    }

    [Fact]
    public async Task NullSender_DelayIsNoNewsToThePostmasterEither()
    {
        Assert.True(await SendAsync(NotificationKind.Delay, classes: "delay", sender: ""));
        Assert.Empty(_cleanup.Messages);
    }

    [Fact]
    public async Task DoubleBounceSender_NobodyIsTold()
    {
        Assert.True(await SendAsync(NotificationKind.Failure, sender: "double-bounce@mail.example.com", classes: "bounce, 2bounce"));
        Assert.Empty(_cleanup.Messages);
        Assert.Equal(["warning: 9999910000: undeliverable postmaster notification discarded"], _log.Lines);
    }

    [Fact]
    public async Task NotifyBounce_PostmasterGetsHeadersOfAll()
    {
        await SendAsync(NotificationKind.Failure, notify: DsnNotify.Never, classes: "bounce");
        var posted = Assert.Single(_cleanup.Messages);
        Assert.Equal(("double-bounce@mail.example.com", "postmaster"), (posted.Request.Sender, posted.Recipients[0].Address));
        Assert.Contains("text/rfc822-headers", posted.Content, StringComparison.Ordinal);
        Assert.Equal(["9999910000: postmaster non-delivery notification: ABCDE10001"], _log.Lines);
    }

    [Fact]
    public async Task CleanupRefuses_TryAgainLater()
    {
        _cleanup.Result = new CleanupResult(CleanupOutcome.NoSpace, "");
        Assert.False(await SendAsync(NotificationKind.Failure));
        Assert.Equal("warning: 9999910000: sender notification failed to a@example.com: NoSpace", _log.Lines[^1]);
    }

    [Fact]
    public async Task Verp_OneBounceARecipient()
    {
        await SendAsync(NotificationKind.Failure, change: r => r with
        {
            Envelope = r.Envelope with { Verp = "+=" },
            Recipients = [Report("b@example.org", DsnNotify.Unspecified), Report("c@example.org", DsnNotify.Unspecified)],
        });
        Assert.Equal(["a+b=example.org@example.com", "a+c=example.org@example.com"], _cleanup.Messages.Select(m => m.Recipients[0].Address));
    }

    [Fact]
    public async Task RequireTls_ContentIsNotReturned()
    {
        await SendAsync(NotificationKind.Failure, change: r => r with { Envelope = r.Envelope with { RequireTls = true } });
        Assert.DoesNotContain("secret body", _cleanup.Messages[0].Content, StringComparison.Ordinal);
        Assert.False(_cleanup.Messages[0].Request.RequireTls);
    }

    [Fact]
    public async Task RequireTls_NotRedacted_HoldsForTheNotificationToo()
    {
        await SendAsync(NotificationKind.Failure, mainCf: "requiretls_redact_dsn = no", change: r => r with { Envelope = r.Envelope with { RequireTls = true } });
        Assert.Contains("secret body", _cleanup.Messages[0].Content, StringComparison.Ordinal);
        Assert.True(_cleanup.Messages[0].Request.RequireTls);
    }

    // Who would rather have a message in clear than not at all wants to hear of it likewise.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task TlsRequiredNo_IsCopied(bool requiresTls, bool isCopied)
    {
        await SendAsync(NotificationKind.Failure, change: r => r with
        {
            Envelope = r.Envelope with { RequireTls = requiresTls, Attributes = [new(Envelope.TlsRequiredAttribute, "no")] },
        });
        Assert.Equal(isCopied, _cleanup.Messages[0].Content.Split("\n\n")[0].Contains("\nTLS-Required: no\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PeerText_CannotBeginALine()
    {
        await SendAsync(NotificationKind.Failure, change: r => r with
        {
            Recipients = [new RecipientReport(new EnvelopeRecipient("b@example.org"), "b@example.org", DeliveryStatus.Bounced("5.0.0", "x\r\nAction: delivered\u001b[2J"))],
        });
        Assert.Contains("<b@example.org>: x??Action: delivered?[2J\n", _cleanup.Messages[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyFile_IsCopied()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, new string('z', 200_000), TestContext.Current.CancellationToken);
            await SendAsync(NotificationKind.Failure, change: r => r with { Body = default, BodyPath = file, ContentOctets = 10 });
            Assert.Contains(new string('z', 200_000), _cleanup.Messages[0].Content, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static RecipientReport Report(string address, DsnNotify notify) =>
        new(new EnvelopeRecipient(address) { Notify = notify }, address, DeliveryStatus.Bounced("5.1.1", "no such user"));

    private async Task<bool> SendAsync(
        NotificationKind kind,
        string sender = "a@example.com",
        DsnNotify notify = DsnNotify.Unspecified,
        string classes = "resource, software",
        string mainCf = "",
        Func<NotificationRequest, NotificationRequest>? change = null)
    {
        var parameters = ParameterSet.Parse($"myhostname = mail.example.com\nnotify_classes = {classes}\n{mainCf}\n");
        var service = new BounceService(BounceSettings.Read(parameters, _log.Warning), _cleanup, _log, t => t.ToString("O"), _time);
        var request = new NotificationRequest
        {
            Kind = kind,
            QueueId = "9999910000",
            Envelope = new Envelope { Sender = sender, Recipients = [], ArrivalTime = _time.GetUtcNow() },
            Recipients = [Report("b@example.org", notify)],
            Head = "Subject: x\n\n"u8.ToArray(),
            Body = "secret body\n"u8.ToArray(),
            ContentOctets = 24,
        };
        return await service.SendAsync(change?.Invoke(request) ?? request, CancellationToken.None);
    }
}
