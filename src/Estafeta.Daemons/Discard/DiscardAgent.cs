using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Discard;

/// <summary>discard(8): pretends to deliver; the next hop is the reason that is logged.</summary>
public sealed class DiscardAgent(DeliveryLog log, TimeProvider time) : IDeliveryAgent
{
    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var code = EnhancedStatus.TryParse(request.Nexthop, out var given, out var length) && given.IsSuccess
            ? given
            : new EnhancedStatus(2, 0, 0);
        var text = given.IsSuccess ? request.Nexthop[length..].TrimStart() : request.Nexthop;
        var isVerified = request.IsProbe || request.Trace == TraceRequest.VerifyOnly;
        var status = new DeliveryStatus(isVerified ? DeliveryAction.Deliverable : DeliveryAction.Sent, code, text)
        {
            SuccessWord = isVerified ? null : "delivered",
        };
        foreach (var recipient in request.Recipients)
        {
            log.Write(request, recipient, status, new DeliveryTimes(started, null, time.GetUtcNow()));
            await report(recipient.Index, status);
        }

        return DeliveryEnd.Good;
    }
}
