using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;

namespace Estafeta.Tests.Daemons;

/// <summary>Deliveries to one recipient, whose one report is looked for.</summary>
internal static class OneRecipient
{
    public static async Task<DeliveryStatus> StatusOfAsync(IDeliveryAgent agent, DeliveryRequest request)
    {
        DeliveryStatus? reported = null;
        await agent.DeliverAsync(
            request,
            (index, status) =>
            {
                Assert.Equal(Assert.Single(request.Recipients).Index, index);
                Assert.Null(reported);
                reported = status;
                return ValueTask.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        Assert.NotNull(reported);
        return reported;
    }
}
