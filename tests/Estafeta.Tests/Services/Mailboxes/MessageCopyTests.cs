using System.Text;
using Estafeta.Services.Delivery;
using Estafeta.Services.Mailboxes;

namespace Estafeta.Tests.Services.Mailboxes;

public sealed class MessageCopyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 14, 34, 2, TimeSpan.Zero);

    [Fact]
    public void Mailbox_PrependsHeadersInPostfixOrder_QuotesFromAndEndsWithBlankLine() => Assert.Equal(
        "From sender@test  Thu Nov  5 14:34:02 2026\nReturn-Path: <sender@test>\nX-Original-To: o@x\nDelivered-To: \"a b\"@x\n"
        + "Subject: t\n\nhello\n>From me\n.dot\n\n",
        Copy(CopyOptions.Mailbox, "Subject: t\n\n", "hello\nFrom me\n.dot\n", "sender@test"));

    [Fact]
    public void NullSender_IsMailerDaemonInFromLineAndEmptyInReturnPath() => Assert.Equal(
        "From MAILER-DAEMON  Thu Nov  5 14:34:02 2026\nReturn-Path: <>\nX-Original-To: o@x\nDelivered-To: \"a b\"@x\nA: b\n\n",
        Copy(CopyOptions.Command, "A: b\n\n", "", ""));

    [Fact]
    public void CrLfAndDots_AreAppliedToEveryLine() => Assert.Equal(
        "A: b\r\n\r\n..dot\r\n...\r\nx.\r\n",
        Copy(CopyOptions.QuoteDot, "A: b\n\n", ".dot\n..\nx.\n", "s", "\r\n"));

    [Theory]
    [InlineData(1)]
    [InlineData(65_530)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public void BodyFile_OfAnySize_IsQuotedAsInMemory(int lineOctets)
    {
        var body = new StringBuilder();
        while (body.Length < 300_000)
        {
            body.Append("From a\n").Append('x', lineOctets).Append('\n');
        }

        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, body.ToString());
            var copied = Run(CopyOptions.QuoteFrom, Request("A: b\n\n") with { BodyPath = path, BodyOctets = body.Length }, "s", "\n");
            Assert.Equal("A: b\n\n" + body.ToString().Replace("From a", ">From a", StringComparison.Ordinal), copied);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("Delivered-To: user@example.com\n\n", true)]
    [InlineData("A: b\ndelivered-to:  USER@example.COM \n\n", true)]
    [InlineData("X-Delivered-To: user@example.com\n\n", false)]
    [InlineData("Delivered-To: other@example.com\n\n", false)]
    [InlineData("Delivered-To: user@example.com", true)]
    public void DeliveredTo_FindsTheAddress(string head, bool expected) =>
        Assert.Equal(expected, DeliveredTo.Contains(Encoding.ASCII.GetBytes(head), "user@example.com"));

    private static string Copy(CopyOptions options, string head, string body, string sender, string lineEnd = "\n") =>
        Run(options, Request(head) with { Body = Encoding.ASCII.GetBytes(body), BodyOctets = body.Length }, sender, lineEnd);

    private static string Run(CopyOptions options, DeliveryRequest request, string sender, string lineEnd)
    {
        var copy = new MessageCopy(options) { Sender = sender, OriginalRecipient = "o@x", DeliveredTo = "a b@x", Now = Now, LineEnd = lineEnd };
        using var message = MessageSource.Open(request);
        using var result = new MemoryStream();
        copy.WriteTo(message, octets => result.Write(octets));
        return Encoding.ASCII.GetString(result.ToArray());
    }

    private static DeliveryRequest Request(string head) => new()
    {
        QueueId = "4SVLCh0000z1",
        Transport = "virtual",
        Nexthop = "x",
        Sender = "s",
        Recipients = [],
        ArrivalTime = Now,
        ActiveTime = Now,
        Head = Encoding.ASCII.GetBytes(head),
    };
}
