using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

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
        var (code, text) = Split(request.Nexthop);
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

    // The class follows from what the service does: a code of another says nothing.
    private (EnhancedStatus Code, string Text) Split(string nexthop)
    {
        var @class = isRetry ? (byte)4 : (byte)5;
        var text = nexthop.AsSpan().Trim();
        if (EnhancedStatus.TryParse(text, out var code, out var length))
        {
            text = text[length..].TrimStart();
            if (code.Class != @class)
            {
                log.Log.Warning($"{(isRetry ? "defer" : "bounce")}_append: ignoring dsn code \"{code}\"");
                code = default;
            }
        }

        return ((code == default ? new EnhancedStatus(@class, 0, 0) : code).WithClass(isSoftBounce ? (byte)4 : @class), text.ToString());
    }
}
