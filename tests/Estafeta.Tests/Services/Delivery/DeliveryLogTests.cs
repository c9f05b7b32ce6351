using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Services.Delivery;

public sealed class DeliveryLogTests
{
    private static readonly DateTimeOffset Arrival = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 2, "0")]
    [InlineData(-5, 2, "0")]
    [InlineData(0.0821, 2, "0.08")]
    [InlineData(0.0049, 2, "0")]
    [InlineData(0.005, 2, "0.01")]
    [InlineData(0.1, 2, "0.1")]
    [InlineData(0.826, 2, "0.83")]
    [InlineData(0.999, 2, "1")]
    [InlineData(1.23, 2, "1.2")]
    [InlineData(2, 2, "2")]
    [InlineData(12.34, 2, "12")]
    [InlineData(12.5, 2, "13")]
    [InlineData(123.6, 2, "124")]
    [InlineData(12345, 2, "12345")]
    [InlineData(0.001234, 6, "0.0012")]
    [InlineData(0.000001, 6, "0.000001")]
    [InlineData(1.5, 0, "2")]
    public void DelayText_TwoSignificantDigits(double seconds, int limit, string expected)
    {
        var text = new StringBuilder();
        DelayText.Append(text, TimeSpan.FromSeconds(seconds), limit);
        Assert.Equal(expected, text.ToString());
    }

    [Fact]
    public void Write_Sent_IsPostfixLine()
    {
        var log = new MemoryMailLog();
        var recipient = new DeliveryRecipient(0, "b@example.org") { OriginalAddress = "B@example.org" };
        new DeliveryLog(log, 2).Write(
            Request(recipient),
            recipient,
            DeliveryStatus.Sent("2.0.0", "250 2.0.0 Ok") with { Relay = "mx.example.org[192.0.2.1]:25" },
            new DeliveryTimes(Arrival.AddSeconds(0.03), Arrival.AddSeconds(0.5), Arrival.AddSeconds(1.5)),
            new DeliveryLogDetails(2, "may"));
        Assert.Equal(
            "ABC123: to=<b@example.org>, relay=mx.example.org[192.0.2.1]:25, conn_use=2, delay=1.5, delays=0.01/0.02/0.47/1, tls=may, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
            Assert.Single(log.Lines));
    }

    [Fact]
    public void Write_AliasedAndNoConnection_IsPostfixLine()
    {
        var log = new MemoryMailLog();
        var recipient = new DeliveryRecipient(0, "root@example.org") { OriginalAddress = "root" };
        new DeliveryLog(log, 2).Write(
            Request(recipient),
            recipient,
            DeliveryStatus.Bounced("5.1.1", "unknown user: \"root\"") with { Relay = "local" },
            new DeliveryTimes(Arrival.AddSeconds(0.01), null, Arrival.AddSeconds(0.02)),
            new DeliveryLogDetails(IsSoftBounce: true));
        Assert.Equal(
            "ABC123: to=<root@example.org>, orig_to=<root>, relay=local, delay=0.02, delays=0.01/0/0/0.01, dsn=5.1.1, status=SOFTBOUNCE (unknown user: \"root\")",
            Assert.Single(log.Lines));
    }

    private static DeliveryRequest Request(DeliveryRecipient recipient) => new()
    {
        QueueId = "ABC123",
        Transport = "smtp",
        Nexthop = "example.org",
        Sender = "a@example.com",
        Recipients = [recipient],
        ArrivalTime = Arrival,
        ActiveTime = Arrival.AddSeconds(0.01),
    };
}
