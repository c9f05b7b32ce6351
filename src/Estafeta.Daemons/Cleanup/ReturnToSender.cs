using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Delivery;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// A message that is refused when nobody waits for the answer (pickup): each recipient is logged as bounced and the sender gets the
/// notification, as far as the content was taken. The message itself never enters the queue.
/// </summary>
internal sealed class ReturnToSender(CleanupExits exits, DeliveryLog log, string queueId)
{
    private const int LargestReturnedBody = 256 * 1024;

    /// <returns>Ok when the sender has been told or wants no telling; else it is to be tried again.</returns>
    public async ValueTask<CleanupResult> SendAsync(
        Envelope envelope, ContentWriter content, CleanupResult refusal, CancellationToken cancellationToken)
    {
        var status = Status(refusal);
        var reports = new List<RecipientReport>(envelope.Recipients.Count);
        foreach (var recipient in envelope.Recipients)
        {
            LogRecipient(envelope, recipient, status);
            reports.Add(new RecipientReport(recipient, recipient.Address, status));
        }

        var isTold = await exits.Notify(new NotificationRequest
        {
            Kind = NotificationKind.Failure,
            QueueId = queueId,
            // Content that was refused for what is in it is not spread further.
            Envelope = refusal.Outcome == CleanupOutcome.Rejected ? envelope with { DsnReturn = DsnReturn.Headers } : envelope,
            Recipients = reports,
            Head = content.Head.WrittenMemory,
            Body = await ReadBodyAsync(content, cancellationToken),
            ContentOctets = content.Head.WrittenCount + content.BodyOctets,
        }, cancellationToken);
        return isTold ? CleanupResult.Ok : new CleanupResult(CleanupOutcome.Temporary, "");
    }

    private static DeliveryStatus Status(CleanupResult refusal)
    {
        var text = refusal.Text.Length > 0 ? refusal.Text : refusal.Outcome switch
        {
            CleanupOutcome.TooBig => "5.3.4 message file too big",
            CleanupOutcome.TooManyHops => "5.4.0 too many hops",
            _ => "5.7.1 message content rejected",
        };
        if (text.Length > 4 && char.IsAsciiDigit(text[2]) && text[3] == ' ')
        {
            // A milter's whole reply.
            text = text[4..];
        }

        return EnhancedStatus.TryParse(text, out var status, out var length)
            ? DeliveryStatus.Bounced(status.ToString(), text[length..].TrimStart())
            : DeliveryStatus.Bounced("5.0.0", text);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(ContentWriter content, CancellationToken cancellationToken)
    {
        if (content.BodyOctets is 0 or > LargestReturnedBody)
        {
            return default;
        }

        var body = new byte[content.BodyOctets];
        await using var stream = content.OpenBody();
        await stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    private void LogRecipient(Envelope envelope, EnvelopeRecipient recipient, DeliveryStatus status)
    {
        var now = exits.Time.GetUtcNow();
        var logged = new DeliveryRecipient(0, recipient.Address) { OriginalAddress = recipient.OriginalAddress };
        var request = new DeliveryRequest
        {
            QueueId = queueId,
            Transport = "",
            Nexthop = "",
            Sender = envelope.Sender,
            Recipients = [logged],
            ArrivalTime = envelope.ArrivalTime,
            ActiveTime = now,
        };
        log.Write(request, logged, status, new DeliveryTimes(now, null, now));
    }
}
