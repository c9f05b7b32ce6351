using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;
using Estafeta.Unix.Identity;

namespace Estafeta.Services.Delivery;

/// <summary>
/// Serves a delivery agent behind the sockets of its master.cf entry until it is told to stop, then finishes the deliveries in hand.
/// Only mail_owner, our own user and root may hand in deliveries.
/// </summary>
public static class AgentServer
{
    public static async Task RunAsync(ServiceContext context, IDeliveryAgent agent, CancellationToken stopping)
    {
        var endpoint = new DeliveryEndpoint(new CountedAgent(agent, context.Activity));
        var self = Privileges.EffectiveUid;
        var owner = Accounts.FindUser(context.Parameters.Get(Parameters.MailOwner))?.Uid ?? self;
        var server = new IpcServer(DeliveryEndpoint.Protocol, user => user == 0 || user == self || user == owner, context.Log);
        await Task.WhenAll(context.Listeners.Select(listener => server.RunAsync(listener.Socket, endpoint.ServeAsync, stopping)));
    }

    private sealed class CountedAgent(IDeliveryAgent agent, ProcessActivity activity) : IDeliveryAgent
    {
        public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
        {
            activity.Begin();
            try
            {
                return await agent.DeliverAsync(request, report, cancellationToken);
            }
            finally
            {
                activity.End();
            }
        }
    }
}
