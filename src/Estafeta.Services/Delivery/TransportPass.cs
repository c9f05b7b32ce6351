using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Delivery;

/// <summary>
/// Hands a recipient to another transport of master.cf (mailbox_transport, fallback_transport, best_mx_transport), which logs and decides
/// its fate.
/// </summary>
public sealed class TransportPass(Func<string, IDeliveryAgent> agents, IMailLog log)
{
    /// <param name="destination"><c>transport</c> or <c>transport:nexthop</c>; without next hop the request's is used.</param>
    /// <param name="request">A request for one recipient.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null when the transport's agent did not say: it cannot be reached, or died.</returns>
    public async ValueTask<DeliveryStatus?> PassAsync(string destination, DeliveryRequest request, CancellationToken cancellationToken)
    {
        var colon = destination.IndexOf(':', StringComparison.Ordinal);
        var transport = colon < 0 ? destination : destination[..colon];
        var nexthop = colon < 0 ? "" : destination[(colon + 1)..];
        log.Info($"{request.QueueId}: passing <{request.Recipients[0].Address}> to transport={transport}");
        DeliveryStatus? reported = null;
        try
        {
            await agents(transport).DeliverAsync(
                request with { Transport = transport, Nexthop = nexthop.Length > 0 ? nexthop : request.Nexthop },
                (_, status) =>
                {
                    reported = status;
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
        }
        catch (IOException e)
        {
            log.Warning($"connect #1 to subsystem private/{transport}: {e.Message}");
        }

        return reported;
    }
}
