using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Error;

/// <summary>
/// error(8): fails every recipient with the text in the next hop, <c>5.1.1 User unknown</c>. As service <c>retry</c> it defers
/// instead: the queue manager uses that for what cannot be delivered now. soft_bounce makes its failures temporary.
/// </summary>
public sealed class ErrorAgent(bool isRetry, bool isSoftBounce, DeliveryLog log, TimeProvider time) : IDeliveryAgent
{
    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var (code, text) = Split(request.Nexthop, isRetry || isSoftBounce ? (byte)4 : (byte)5);
        var isVerified = request.IsProbe || request.Trace == TraceRequest.VerifyOnly;
        var action = isVerified ? DeliveryAction.Undeliverable : isRetry || isSoftBounce ? DeliveryAction.Deferred : DeliveryAction.Bounced;
        var status = new DeliveryStatus(action, code, text);
        var details = new DeliveryLogDetails(IsSoftBounce: isSoftBounce && !isRetry && !isVerified);
        foreach (var recipient in request.Recipients)
        {
            log.Write(request, recipient, status, new DeliveryTimes(started, null, time.GetUtcNow()), details);
            await report(recipient.Index, status);
        }

        return DeliveryEnd.Good;
    }

    // The class follows from what the service does, whatever the text says.
    private static (EnhancedStatus Code, string Text) Split(string nexthop, byte @class)
    {
        var text = nexthop.AsSpan().Trim();
        return EnhancedStatus.TryParse(text, out var code, out var length)
            ? (code.WithClass(@class), text[length..].TrimStart().ToString())
            : (new EnhancedStatus(@class, 0, 0), text.ToString());
    }
}
