using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// <c>postsuper -r</c>: gives a message to cleanup again, so that address mappings and content settings of today apply. It gets a new
/// queue ID; the old one is gone when the new one is safe.
/// </summary>
internal sealed class Requeuing(IQueueStore store, ActiveMessages active, ICleanup cleanup, IMailLog log, TimeProvider time)
{
    public async ValueTask<bool> RequeueAsync(QueueId id, CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(id, cancellationToken) is not { } message
            || await store.OpenContentAsync(id, cancellationToken) is not { } content)
        {
            return false;
        }

        using (content)
        {
            await using var transaction = await cleanup.BeginAsync(Request(message.Envelope), cancellationToken);
            for (var i = 0; i < message.Envelope.Recipients.Count; i++)
            {
                if (message.Outcomes[i] is not { Action: DeliveryAction.Sent or DeliveryAction.Bounced })
                {
                    transaction.AddRecipient(message.Envelope.Recipients[i]);
                }
            }

            await WriteAsync(transaction, content, cancellationToken);
            log.Info($"{transaction.QueueId}: uid={Privileges.RealUid} from=<{message.Envelope.Sender}> orig_id={id}");
            var result = await transaction.CommitAsync(cancellationToken);
            if (result.Outcome != CleanupOutcome.Ok)
            {
                log.Warning($"{id}: cannot be requeued: {(result.Text.Length > 0 ? result.Text : result.Outcome)}");
                return false;
            }
        }

        if (!active.Withdraw(id, true))
        {
            store.Remove(id);
        }

        return true;
    }

    private CleanupRequest Request(Envelope envelope) => new()
    {
        Sender = envelope.Sender,
        ArrivalTime = envelope.ArrivalTime > time.GetUtcNow() ? time.GetUtcNow() : envelope.ArrivalTime,
        Client = envelope.Client,
        DsnEnvelopeId = envelope.DsnEnvelopeId,
        DsnReturn = envelope.DsnReturn,
        NeedsSmtpUtf8 = envelope.NeedsSmtpUtf8,
        RequireTls = envelope.RequireTls,
        Trace = envelope.Trace,
        Verp = envelope.Verp,
        Flags = CleanupFlags.NoUnknownRecipientChecks,
    };

    private static async ValueTask WriteAsync(CleanupTransaction transaction, StoredContent content, CancellationToken cancellationToken)
    {
        await transaction.WriteContentAsync(content.Head, cancellationToken);
        await transaction.WriteContentAsync(content.Body, cancellationToken);
        if (content.BodyPath is { } path)
        {
            await transaction.WriteContentOfFileAsync(path, cancellationToken);
        }
    }
}
