using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Qmqpd;

/// <summary>qmqpd(8): what is taken, what is said and logged. Replies as an installed Postfix gives them.</summary>
public sealed class QmqpdSessionTests
{
    private const string Content = "Subject: x\n\nhello\n";
    private const string Client = "localhost[127.0.0.1]";

    [Fact]
    public async Task Message_IsQueued_WithEnvelopeTraceAndLog()
    {
        await using var qmqpd = new QmqpdFixture("content_filter = scan:[127.0.0.1]:10025\nreceive_override_options = no_milters\ncleanup_service_name = pre");
        Assert.Matches("^[0-9]+:KOk: queued as [0-9A-F]+,$", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s p@a.test", "r@b.test")));

        var message = Assert.Single(qmqpd.Cleanup.Committed);
        Assert.Equal("s p@a.test", message.Request.Sender);
        Assert.Equal(["r@b.test"], message.Recipients.Select(r => r.Address));
        Assert.Equal(("scan:[127.0.0.1]:10025", "pre", CleanupFlags.NoMilters), (message.Request.ContentFilter, message.Request.Service, message.Request.Flags));
        Assert.Equal(("localhost", "127.0.0.1", "QMQP"), (message.Request.Client.Name, message.Request.Client.Address, message.Request.Client.Protocol));
        Assert.Matches(
            @"^Received: from localhost \(localhost \[127\.0\.0\.1\]\)\n\tby mail\.example\.test \(Postfix\) with QMQP id [0-9A-F]+\n\tfor <r@b\.test>; [A-Z][a-z]{2}, .* \(.*\)\nSubject: x\n\nhello\n$",
            message.Text);

        var log = await qmqpd.StopAsync();
        Assert.Equal(3, log.Count);
        Assert.Equal($"connect from {Client}", log[0]);
        Assert.Matches($"^[0-9A-F]+: client={Regex.Escape(Client)}$", log[1]);
        Assert.Equal($"disconnect from {Client}", log[2]);
    }

    [Theory]
    [InlineData("", CleanupFlags.None)]
    [InlineData("estafeta_dkim_signing_table = inline:{{a.test=key}}", CleanupFlags.Sign)]
    [InlineData("estafeta_dkim_signing_table = inline:{{a.test=key}}\nestafeta_dkim_sign = mynetworks", CleanupFlags.None)]
    [InlineData("smtputf8_enable = yes\nsmtputf8_autodetect_classes = qmqpd", CleanupFlags.DetectSmtpUtf8)]
    public async Task Message_IsSigned_AndItsNeedsDetected_AsParametersSay(string parameters, CleanupFlags expected)
    {
        await using var qmqpd = new QmqpdFixture(parameters);
        await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s@a.test", "r@b.test"));
        Assert.Equal(expected, Assert.Single(qmqpd.Cleanup.Committed).Request.Flags);
    }

    [Fact]
    public async Task SeveralRecipients_AreNotNamedInTheTrace()
    {
        await using var qmqpd = new QmqpdFixture();
        await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "", "r@b.test", "q@b.test"));
        var message = Assert.Single(qmqpd.Cleanup.Committed);
        Assert.Equal("", message.Request.Sender);
        Assert.Equal(["r@b.test", "q@b.test"], message.Recipients.Select(r => r.Address));
        Assert.Matches(@"with QMQP\n\tid [0-9A-F]+; ", message.Text);
    }

    [Theory]
    [InlineData("no line end", "no line end\n")]
    [InlineData("", "")]
    [InlineData("From a Mon\n>From b\nSubject: x\n\nFrom c\n", "X-Mailbox-Line: From a Mon\nX-Mailbox-Line: >From b\nSubject: x\n\nFrom c\n")]
    [InlineData(" x\n", "\n x\n")]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n")]
    public async Task Content_IsPassedOnWithACleanSeam(string sent, string kept)
    {
        await using var qmqpd = new QmqpdFixture();
        await qmqpd.TalkAsync(QmqpdFixture.Message(sent, "s@a.test", "r@b.test"));
        var text = Assert.Single(qmqpd.Cleanup.Committed).Text;
        Assert.Equal(kept, text[(text.IndexOf(")\n", text.IndexOf("; ", StringComparison.Ordinal), StringComparison.Ordinal) + 2)..]);
    }

    [Theory]
    [InlineData("list-@host-@[]", "list@host", "-=")]
    [InlineData("list+@host-@[]", "list@host", "+=")]
    [InlineData("lis-t-@h-ost-@[]", "lis-t@h-ost", "-=")]
    [InlineData("-@host-@[]", "-@host-@[]", null)]
    [InlineData("a-@[]", "a-@[]", null)]
    [InlineData("list-1-@host-@[]-=", "list-1-@host-@[]-=", null)]
    public async Task SenderOfAList_AsksForVerp(string given, string sender, string? verp)
    {
        await using var qmqpd = new QmqpdFixture();
        await qmqpd.TalkAsync(QmqpdFixture.Message(Content, given, "r@b.test"));
        var request = Assert.Single(qmqpd.Cleanup.Committed).Request;
        Assert.Equal((sender, verp), (request.Sender, request.Verp));
    }

    [Fact]
    public async Task WrongVerpDelimiter_IsRefused()
    {
        await using var qmqpd = new QmqpdFixture("verp_delimiter_filter = -=+");
        Assert.Equal("69:DError: Invalid VERP delimiters: \"t=\". Need two characters from \"-=+\",", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "list@host-@[]", "r@b.test")));
        Assert.Contains($": {Client}: Error: Invalid VERP delimiters: \"t=\". Need two characters from \"-=+\"", (await qmqpd.StopAsync())[2], StringComparison.Ordinal);
        Assert.Empty(qmqpd.Cleanup.Committed);
        Assert.Equal(1, qmqpd.Cleanup.Cancelled);
    }

    [Theory]
    [InlineData(CleanupOutcome.Rejected, "5.7.1 go away", "DError: 5.7.1 go away")]
    [InlineData(CleanupOutcome.Rejected, "4.7.1 later", "ZError: 4.7.1 later")]
    [InlineData(CleanupOutcome.Rejected, "", "DError: message content rejected")]
    [InlineData(CleanupOutcome.TooBig, "", "DError: message too large")]
    [InlineData(CleanupOutcome.TooManyHops, "", "DError: too many hops")]
    [InlineData(CleanupOutcome.NoRecipients, "", "DError: no recipients specified")]
    [InlineData(CleanupOutcome.NoSpace, "", "ZError: queue file write error")]
    [InlineData(CleanupOutcome.WriteError, "", "ZError: queue file write error")]
    [InlineData(CleanupOutcome.Temporary, "4.7.1 milter", "ZError: 4.7.1 milter")]
    public async Task RefusalOfCleanup_IsPassedOn(CleanupOutcome outcome, string text, string reply)
    {
        await using var qmqpd = new QmqpdFixture();
        qmqpd.Cleanup.Answer = new CleanupResult(outcome, text);
        Assert.Equal(QmqpdFixture.Netstring(reply), await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s@a.test", "r@b.test")));
        Assert.Matches($"^warning: [0-9A-F]+: {Regex.Escape($"{Client}: {reply[1..]}")}$", (await qmqpd.StopAsync())[2]);
    }

    [Fact]
    public async Task SoftBounce_MakesRefusalsTemporary()
    {
        await using var qmqpd = new QmqpdFixture("soft_bounce = yes");
        qmqpd.Cleanup.Answer = new CleanupResult(CleanupOutcome.Rejected, "5.7.1 go away");
        Assert.Equal("21:ZError: 5.7.1 go away,", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s@a.test", "r@b.test")));
    }

    [Fact]
    public async Task CleanupDown_IsTemporary()
    {
        await using var qmqpd = new QmqpdFixture();
        qmqpd.Cleanup.RefusesToOpen = true;
        Assert.Equal("30:ZError: queue file write error,", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s@a.test", "r@b.test")));
        Assert.Contains("warning: unable to connect to the public cleanup service: connection refused", await qmqpd.StopAsync());
    }

    [Fact]
    public async Task CleanupThatDiesInTheMiddle_IsTemporary()
    {
        await using var qmqpd = new QmqpdFixture();
        qmqpd.Cleanup.FailsAfter = 10;
        Assert.Equal("30:ZError: queue file write error,", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, "s@a.test", "r@b.test")));
        Assert.Empty(qmqpd.Cleanup.Committed);
    }

    [Theory]
    [InlineData("s\u0001@a.test", "r@b.test")]
    [InlineData("s@a.test", "r\0@b.test")]
    [InlineData("s@a.test\n", "r@b.test")]
    public async Task ControlCharactersInAddresses_AreRefused(string sender, string recipient)
    {
        await using var qmqpd = new QmqpdFixture();
        Assert.Equal("26:DError: bad address syntax,", await qmqpd.TalkAsync(QmqpdFixture.Message(Content, sender, recipient)));
        Assert.Contains($"warning: NOQUEUE: {Client}: Error: bad address syntax", await qmqpd.StopAsync());
    }

    [Fact]
    public async Task AddressThatIsNotUtf8_IsRefused()
    {
        await using var qmqpd = new QmqpdFixture();
        var message = Encoding.Latin1.GetBytes("24:1:x,8:s@a.test,6:r\u00ff@b.t,,");
        Assert.Equal("26:DError: bad address syntax,", await qmqpd.TalkAsync(message));
    }

    [Fact]
    public async Task OtherClients_AreRefusedUnheard()
    {
        await using var qmqpd = new QmqpdFixture("qmqpd_authorized_clients = !127.0.0.1, 127.0.0.0/8\nqmqpd_client_port_logging = yes");
        Assert.Matches(@"^[0-9]+:DError: localhost\[127\.0\.0\.1\]:[0-9]+ is not authorized to use this service,$", await qmqpd.TalkAsync(""));
        var log = await qmqpd.StopAsync();
        Assert.Collection(
            log,
            l => Assert.Matches(@"^connect from localhost\[127\.0\.0\.1\]:[0-9]+$", l),
            l => Assert.Matches(@"^disconnect from localhost\[127\.0\.0\.1\]:[0-9]+$", l));
    }

    [Fact]
    public async Task ListOfClientsThatCannotBeRead_IsTemporary()
    {
        await using var qmqpd = new QmqpdFixture("qmqpd_authorized_clients = texthash:/nonexistent/file");
        Assert.Equal("34:ZError: server configuration error,", await qmqpd.TalkAsync(""));
    }
}
