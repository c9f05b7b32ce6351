using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Services.Delivery;

/// <summary>
/// What every delivery agent does with the fate of a recipient: delivery status filter, soft_bounce, the words of address probes and
/// <c>sendmail -bv</c>, the log line, and the report to the queue manager. One per agent, shared by all its deliveries.
/// </summary>
public sealed class OutcomeRecorder(DeliveryLog log, DeliveryStatusFilter filter, bool softBounce, TimeProvider time)
{
    /// <param name="filterParameter">The agent's own <c>…_delivery_status_filter</c>, with its value below.</param>
    public static OutcomeRecorder Create(TableSet tables, string filterParameter, string filterValue, IMailLog log, TimeProvider time) => new(
        new DeliveryLog(log, tables.Parameters),
        new DeliveryStatusFilter(tables.OpenList(filterParameter, filterValue), log),
        tables.Parameters.Get(Parameters.SoftBounce),
        time);

    public DeliveryLog Log => log;

    public async ValueTask RecordAsync(
        DeliveryRequest request,
        DeliveryRecipient recipient,
        DeliveryStatus status,
        DateTimeOffset started,
        DateTimeOffset? connected,
        DeliveryReporter report,
        CancellationToken cancellationToken,
        DeliveryLogDetails details = default)
    {
        status = await filter.ApplyAsync(status, cancellationToken);
        if (request.IsProbe || request.Trace == TraceRequest.VerifyOnly)
        {
            status = status with { Action = status.Action == DeliveryAction.Sent ? DeliveryAction.Deliverable : DeliveryAction.Undeliverable };
        }
        else if (softBounce && status.Action == DeliveryAction.Bounced)
        {
            status = status with { Action = DeliveryAction.Deferred, Status = status.Status.WithClass(4) };
            details = details with { IsSoftBounce = true };
        }

        log.Write(request, recipient, status, new DeliveryTimes(started, connected, time.GetUtcNow()), details);
        await report(recipient.Index, status);
    }
}
