using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Mailboxes;
using Estafeta.Tables;

namespace Estafeta.Daemons.Virtual;

/// <summary>
/// virtual(8): delivers to mailboxes and Maildirs of people without an account, found by their whole address. A recipient over quota
/// is bounced; every other problem with a mailbox that exists is temporary.
/// </summary>
public sealed class VirtualAgent(VirtualMailboxes mailboxes, MailboxWriter writer, OutcomeRecorder recorder, TimeProvider time) : IDeliveryAgent
{
    public static VirtualAgent Create(TableSet tables, IMailLog log, TimeProvider time)
    {
        var settings = VirtualSettings.Read(tables.Parameters);
        var filter = Parameters.VirtualDeliveryStatusFilter;
        return new VirtualAgent(
            new VirtualMailboxes(tables, settings, log),
            new MailboxWriter(settings.Mailboxes, log, time),
            OutcomeRecorder.Create(tables, filter.Name, tables.Parameters.Get(filter), log, time),
            time);
    }

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        using var message = MessageSource.Open(request);
        foreach (var recipient in request.Recipients)
        {
            var status = await DeliverAsync(request, recipient, message, cancellationToken);
            await recorder.RecordAsync(request, recipient, status with { Relay = "virtual" }, started, null, report, cancellationToken);
        }

        return DeliveryEnd.Good;
    }

    private async Task<DeliveryStatus> DeliverAsync(
        DeliveryRequest request, DeliveryRecipient recipient, MessageSource message, CancellationToken cancellationToken)
    {
        var mailbox = await mailboxes.FindAsync(recipient.Address, cancellationToken);
        if (mailbox.Target is not { } target)
        {
            return mailbox.IsUnknown
                ? DeliveryStatus.Bounced("5.1.1", $"unknown user: \"{recipient.Address}\"")
                : DeliveryStatus.Deferred("4.3.5", "mail system configuration error");
        }

        var kind = target.IsMaildir ? "maildir" : "mailbox";
        if (request.IsProbe || request.Trace == TraceRequest.VerifyOnly)
        {
            return DeliveryStatus.Sent("2.0.0", $"delivers to {kind}");
        }

        var copy = new MessageCopy(target.CopyOptions)
        {
            Sender = request.Sender,
            OriginalRecipient = recipient.OriginalAddress,
            DeliveredTo = recipient.Address,
            Now = time.GetLocalNow(),
        };
        return await writer.WriteAsync(target, copy, message) is { } failure
            ? Failed(target, failure)
            : DeliveryStatus.Sent("2.0.0", $"delivered to {kind}") with { SuccessWord = "delivered" };
    }

    private static DeliveryStatus Failed(MailboxTarget target, DeliveryFailure failure)
    {
        var reason = target.IsMaildir
            ? $"maildir delivery failed: {failure.Reason}"
            : $"delivery failed to mailbox {target.Path}: {failure.Reason}";
        return failure.IsOverQuota
            ? new DeliveryStatus(DeliveryAction.Bounced, failure.Status, reason)
            : new DeliveryStatus(DeliveryAction.Deferred, failure.Status.WithClass(4), reason);
    }
}
