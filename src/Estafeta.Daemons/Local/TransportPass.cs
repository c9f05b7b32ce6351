using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Local;

/// <summary>
/// Hands a recipient to another transport of master.cf (mailbox_transport, fallback_transport), which logs and decides its fate.
/// </summary>
public sealed class TransportPass(Func<string, IDeliveryAgent> agents, IMailLog log)
{
    /// <param name="destination"><c>transport</c> or <c>transport:nexthop</c>; without next hop the request's is used.</param>
    public async ValueTask PassAsync(string destination, Expansion expansion, OutcomeCollector outcomes, CancellationToken cancellationToken)
    {
        var colon = destination.IndexOf(':', StringComparison.Ordinal);
        var transport = colon < 0 ? destination : destination[..colon];
        var nexthop = colon < 0 ? "" : destination[(colon + 1)..];
        var request = outcomes.Request;
        log.Info($"{request.QueueId}: passing <{expansion.Address}> to transport={transport}");
        var passed = request with
        {
            Transport = transport,
            Nexthop = nexthop.Length > 0 ? nexthop : request.Nexthop,
            Sender = expansion.Sender,
            Recipients = [expansion.Recipient with { Address = expansion.Address, OriginalAddress = expansion.Original }],
        };
        DeliveryStatus? reported = null;
        try
        {
            await agents(transport).DeliverAsync(
                passed,
                (_, status) =>
                {
                    reported = status;
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
        }
        catch (IOException e)
        {
            log.Warning($"connect to transport private/{transport}: {e.Message}");
        }

        if (reported != null)
        {
            outcomes.Note(expansion.Address, expansion.Original, reported);
        }
        else
        {
            await outcomes.AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "mail transport unavailable"), cancellationToken);
        }
    }
}
