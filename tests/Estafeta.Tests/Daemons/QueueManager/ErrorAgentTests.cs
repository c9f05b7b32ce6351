using Estafeta.Daemons.Error;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Daemons.QueueManager;

/// <summary>error(8) and the retry service: what they make of the text in the next hop, as Postfix does.</summary>
public sealed class ErrorAgentTests
{
    [Theory]
    [InlineData(false, false, "5.7.9 closed for user", "5.7.9 closed for user", null)]
    [InlineData(false, false, "mail is not wanted", "5.0.0 mail is not wanted", null)]
    [InlineData(false, false, "2.1.0 fine", "5.0.0 fine", "warning: bounce_append: ignoring dsn code \"2.1.0\"")]
    [InlineData(false, true, "5.7.9 closed", "4.7.9 closed", null)]
    [InlineData(true, false, "4.7.0 later", "4.7.0 later", null)]
    [InlineData(true, false, "5.1.1 unknown", "4.0.0 unknown", "warning: defer_append: ignoring dsn code \"5.1.1\"")]
    public async Task Deliver_TextOfTheNextHop_BecomesTheStatus(bool isRetry, bool isSoftBounce, string nexthop, string expected, string? warning)
    {
        var log = new MemoryMailLog();
        var agent = new ErrorAgent(isRetry, isSoftBounce, new DeliveryLog(log, 2), new ManualTime());
        DeliveryStatus? status = null;
        var request = new DeliveryRequest
        {
            QueueId = "4QID",
            Transport = "error",
            Nexthop = nexthop,
            Sender = "s@send.test",
            Recipients = [new DeliveryRecipient(0, "r@x.test")],
            ArrivalTime = default,
            ActiveTime = default,
        };

        await agent.DeliverAsync(request, Report, TestContext.Current.CancellationToken);

        Assert.Equal(expected, $"{status?.Status} {status?.Reason}");
        Assert.Equal(warning == null ? [] : [warning], log.Lines.Where(l => l.StartsWith("warning: ", StringComparison.Ordinal)));

        ValueTask Report(int index, DeliveryStatus reported)
        {
            status = reported;
            return ValueTask.CompletedTask;
        }
    }
}
