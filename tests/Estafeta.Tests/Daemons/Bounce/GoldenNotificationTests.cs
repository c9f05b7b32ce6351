using System.Globalization;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Bounce;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.ExternalCommands;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;
using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Daemons.Bounce;

/// <summary>Our notifications, octet by octet, against those Postfix made of the same messages.</summary>
public sealed class GoldenNotificationTests
{
    private const string Sender = "sender@box.test";

    private static readonly DeliveryStatus Closed = DeliveryStatus.Bounced("5.7.2", "this domain is closed");
    private static readonly DeliveryStatus Down = DeliveryStatus.Deferred("4.4.1", "connect to 127.0.0.1[127.0.0.1]:1: Connection refused");
    private static readonly DeliveryStatus Rejected = DeliveryStatus.Bounced(
        "5.3.0", "host 127.0.0.1[127.0.0.1] said: 500 5.3.0 Error: command failed (in reply to RCPT TO command)") with
    {
        Relay = "127.0.0.1[127.0.0.1]:2604",
        RemoteMta = "127.0.0.1",
        DiagnosticType = "smtp",
        Diagnostic = "500 5.3.0 Error: command failed",
    };

    private static readonly DeliveryStatus Delivered = DeliveryStatus.Sent("2.0.0", "delivered to maildir") with { Relay = "virtual", SuccessWord = "delivered" };

    [Fact]
    public Task Failure_Plain() => CompareAsync("plain", NotificationKind.Failure, Report("x@err.test", Closed));

    [Fact]
    public Task Failure_RemoteReply() => CompareAsync("remote", NotificationKind.Failure, Report("x@rej.test", Rejected), Report("y@rej.test", Rejected));

    [Fact]
    public Task Failure_RetHeaders() => CompareAsync(
        "headers", NotificationKind.Failure, e => e with { DsnReturn = DsnReturn.Headers, DsnEnvelopeId = "env+id=1" }, Report("x@err.test", Closed));

    [Fact]
    public Task Failure_Big_HeadersOnly() => CompareAsync("big", NotificationKind.Failure, Report("x@err.test", Closed));

    [Fact]
    public Task Failure_OriginalRecipient() => CompareAsync(
        "orcpt",
        NotificationKind.Failure,
        e => e with { DsnReturn = DsnReturn.Full, DsnEnvelopeId = "QQ314159" },
        Report("x@rej.test", Rejected, "rfc822;orig+rcpt@rej.test"));

    [Fact]
    public Task Failure_Utf8() => CompareAsync(
        "utf8",
        NotificationKind.Failure,
        e => e with { NeedsSmtpUtf8 = true },
        Report("üser@rej.test", DeliveryStatus.Bounced("5.6.7", "SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1]")));

    [Fact]
    public Task Failure_LongLine() => CompareAsync(
        "long",
        NotificationKind.Failure,
        e => e with { Sender = "odd@example.test" },
        Report(new string('l', 60) + "@err.test", Closed),
        Report("rcpt@err.test", Closed));

    [Fact]
    public Task Failure_Expired() => CompareAsync("expired", NotificationKind.Failure, Report("y@down.test", Down));

    [Fact]
    public Task Success_Delivered() => CompareAsync(
        "success", NotificationKind.Success, e => e with { DsnEnvelopeId = "envid2" }, Report("ok@box.test", Delivered));

    [Fact]
    public Task Success_Relayed() => CompareAsync(
        "relayed",
        NotificationKind.Success,
        Report("z@ok.test", DeliveryStatus.Sent("2.0.0", "250 2.0.0 Ok") with
        {
            Relay = "127.0.0.1[127.0.0.1]:2605",
            RemoteMta = "127.0.0.1",
            DiagnosticType = "smtp",
            Diagnostic = "250 2.0.0 Ok",
            SuccessWord = "relayed",
        }));

    [Fact]
    public Task Report_VerifyOnly() => CompareAsync(
        "verify",
        NotificationKind.Report,
        Report("x@err.test", Closed with { Action = DeliveryAction.Undeliverable }),
        Report("ok@box.test", Delivered with { Action = DeliveryAction.Deliverable, Reason = "delivers to maildir" }));

    [Fact]
    public Task Report_Record() => CompareAsync("record", NotificationKind.Report, Report("x@err.test", Closed), Report("ok@box.test", Delivered));

    /// <summary>What an alias has many of, and what is said to come from another address.</summary>
    [Fact]
    public Task Failure_Members() => CompareAsync(
        "members",
        NotificationKind.Failure,
        [Expanded("x@err.test", "v@va.test", Closed), .. Members.Where(m => m.Status.Action == DeliveryAction.Bounced)]);

    [Fact]
    public Task Report_Members() => CompareAsync("members-trace", NotificationKind.Report, Members);

    [Fact]
    public Task Delay() => CompareAsync("delay", NotificationKind.Delay, Report("y@down.test", Down));

    [Fact]
    public async Task Postmaster_Bounce()
    {
        var (messages, golden) = await SendAsync("postmaster", NotificationKind.Failure, e => e, [Report("x@err.test", Closed)], "notify_classes = bounce\n");
        Assert.Equal(2, messages.Count);
        Assert.Equal(golden.Text, messages[1].Content);
        Assert.Equal("double-bounce@oracle.example.test", messages[1].Request.Sender);
    }

    [Fact]
    public async Task Postmaster_Delay()
    {
        var (messages, golden) = await SendAsync("postmaster-delay", NotificationKind.Delay, e => e, [Report("y@down.test", Down)], "notify_classes = delay\n");
        Assert.Equal(golden.Text, messages[1].Content);
    }

    [Fact]
    public async Task Postmaster_DoubleBounce()
    {
        var (messages, golden) = await SendAsync(
            "double", NotificationKind.Failure, e => e with { Sender = "" }, [Report("x@err.test", Closed)], "notify_classes = 2bounce\n");
        Assert.Equal(golden.Text, Assert.Single(messages).Content);
    }

    [Fact]
    public async Task Failure_NoSmtpUtf8_Threaded()
    {
        var (messages, golden) = await SendAsync(
            "ascii-threaded",
            NotificationKind.Failure,
            e => e,
            [Report("x@err.test", Closed)],
            "smtputf8_enable = no\nenable_threaded_bounces = yes\nheader_from_format = obsolete\n");
        Assert.Equal(golden.Text, Assert.Single(messages).Content);
    }

    [Fact]
    public async Task Failure_NoSmtpUtf8_8BitMessage()
    {
        var (messages, golden) = await SendAsync(
            "ascii-8bit",
            NotificationKind.Failure,
            e => e with { Is8Bit = true },
            [Report("x@err.test", Closed)],
            "smtputf8_enable = no\nenable_threaded_bounces = yes\nheader_from_format = obsolete\n");
        Assert.Equal(golden.Text, Assert.Single(messages).Content);
    }

    [Fact]
    public async Task Failure_OwnTemplate()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                """
                # comment
                failure_template = <<EOF
                Charset: iso-8859-1
                From: Mailer (Custom) <daemon>
                Subject: custom failure
                Postmaster-Subject: pm custom

                Host $myhostname domain $mydomain life $maximal_queue_lifetime_days days $$5
                EOF

                """,
                TestContext.Current.CancellationToken);
            var (messages, golden) = await SendAsync(
                "template", NotificationKind.Failure, e => e, [Report("x@err.test", Closed)], $"bounce_template_file = {file}\n");
            Assert.Equal(golden.Text, Assert.Single(messages).Content);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static RecipientReport[] Members =>
    [
        Report("many@box.test", Exit(3)),
        Report("many@box.test", Exit(4)),
        Expanded("nouser1@box.test", "many@box.test", DeliveryStatus.Bounced("5.1.1", "unknown user: \"nouser1\"") with { Relay = "local" }),
        Report("many@box.test", DeliveryStatus.Sent("2.0.0", "delivered to command: true") with { Relay = "local", SuccessWord = "delivered" }),
    ];

    private static DeliveryStatus Exit(int code) => CommandStatus.OfFailure(new CommandEnd(new ExitStatus(code, 0), ""), $"exit {code}", "local", new MemoryMailLog())! with { Relay = "local" }; // it is one

    private static RecipientReport Expanded(string address, string original, DeliveryStatus status) =>
        new(new EnvelopeRecipient(address) { OriginalAddress = original }, address, status);

    private static RecipientReport Report(string address, DeliveryStatus status, string? original = null) =>
        new(new EnvelopeRecipient(address) { OriginalAddress = address, DsnOriginalRecipient = original }, address, status);

    private static Task CompareAsync(string name, NotificationKind kind, params RecipientReport[] recipients) =>
        CompareAsync(name, kind, e => e, recipients);

    private static async Task CompareAsync(string name, NotificationKind kind, Func<Envelope, Envelope> change, params RecipientReport[] recipients)
    {
        var (messages, golden) = await SendAsync(name, kind, change, recipients, "");
        Assert.Equal(golden.Text, Assert.Single(messages).Content);
    }

    private static async Task<(List<RecordingCleanup.Posted> Messages, GoldenNotification Golden)> SendAsync(
        string name, NotificationKind kind, Func<Envelope, Envelope> change, RecipientReport[] recipients, string configuration)
    {
        var golden = GoldenNotification.Load(name);
        var parameters = ParameterSet.Parse(
            "myhostname = oracle.example.test\nmydomain = example.test\nmyorigin = $mydomain\nnotify_classes =\n"
            + "2bounce_notice_recipient = 2bn@box.test\nbounce_notice_recipient = bn@box.test\ndelay_notice_recipient = dn@box.test\n"
            + "delay_warning_time = 3s\nsmtputf8_enable = yes\n" + configuration);
        var log = new MemoryMailLog();
        var cleanup = new RecordingCleanup(golden.OwnQueueId);
        var time = new ManualTime();
        time.Advance(golden.Now - time.GetUtcNow());
        var service = new BounceService(BounceSettings.Read(parameters, log.Warning), cleanup, log, FormatDate, time);
        var request = new NotificationRequest
        {
            Kind = kind,
            QueueId = golden.QueueId,
            Envelope = change(new Envelope
            {
                Sender = Sender,
                Recipients = [.. recipients.Select(r => r.Recipient)],
                ArrivalTime = golden.Arrival,
            }),
            Recipients = recipients,
            Head = golden.Head,
            Body = golden.Body,
            ContentOctets = name == "big" ? 80161 : golden.Head.Length + golden.Body.Length,
        };
        Assert.True(await service.SendAsync(request, CancellationToken.None));
        return (cleanup.Messages, golden);
    }

    private static string FormatDate(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000 (UTC)";
}
