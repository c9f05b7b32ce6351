using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Mailboxes;

namespace Estafeta.Daemons.Local;

/// <summary>
/// Collects what a recipient is forwarded to and submits it as new mail, one message for each envelope sender, so that every address gets
/// its own delivery record. Nothing is submitted when another delivery of the same recipient must be tried again: it all comes again then.
/// </summary>
public sealed class Forwarder(ICleanup cleanup, LocalSettings settings, TimeProvider time)
{
    private const int CopyOctets = 64 * 1024;
    private readonly Dictionary<string, (Expansion First, List<EnvelopeRecipient> Recipients)> _bySender = new(StringComparer.Ordinal);

    public void Add(Expansion expansion, string address)
    {
        if (!_bySender.TryGetValue(expansion.Sender, out var group))
        {
            group = (expansion, []);
            _bySender.Add(expansion.Sender, group);
        }

        group.Recipients.Add(new EnvelopeRecipient(address)
        {
            OriginalAddress = expansion.Original,
            Notify = WithoutSuccess(expansion.Recipient.Notify),
            DsnOriginalRecipient = expansion.HasOwner ? null : expansion.Recipient.DsnOriginalRecipient,
        });
    }

    // The sender who asked to hear of success hears of this one (RFC 3461 §6.2.7.3 and .5), so nobody does of what comes after.
    private static DsnNotify WithoutSuccess(DsnNotify notify) =>
        notify == DsnNotify.Success ? DsnNotify.Never : notify & ~DsnNotify.Success;

    /// <summary>Submits the messages; one log line for each, in the name of the request's recipient.</summary>
    public async ValueTask SubmitAsync(MessageSource message, OutcomeCollector outcomes, CancellationToken cancellationToken)
    {
        if (outcomes.HasTemporaryFailure)
        {
            return;
        }

        foreach (var (sender, (first, recipients)) in _bySender)
        {
            var status = await SubmitAsync(sender, first, recipients, message, outcomes, cancellationToken);
            var subject = first with { Address = first.Recipient.Address, Original = first.Recipient.OriginalAddress };
            await outcomes.AddAsync(subject, status, cancellationToken);
        }
    }

    private async ValueTask<DeliveryStatus> SubmitAsync(
        string sender, Expansion first, List<EnvelopeRecipient> recipients, MessageSource message, OutcomeCollector outcomes, CancellationToken cancellationToken)
    {
        var request = outcomes.Request;
        try
        {
            await using var transaction = await cleanup.BeginAsync(
                new CleanupRequest
                {
                    Sender = sender,
                    ArrivalTime = request.ArrivalTime,
                    Client = request.Client,
                    DsnEnvelopeId = request.DsnEnvelopeId,
                    DsnReturn = request.DsnReturn,
                    Is8Bit = request.Is8Bit,
                    NeedsSmtpUtf8 = request.NeedsSmtpUtf8,
                    RequireTls = request.RequireTls,
                    Trace = request.Trace,
                    Flags = settings.ForwardFlags,
                    Service = settings.CleanupService,
                },
                cancellationToken);
            recipients.ForEach(transaction.AddRecipient);
            var prefix = Prefix(transaction.QueueId, first.DeliveredTo);
            await transaction.WriteContentAsync(Encoding.UTF8.GetBytes(prefix), cancellationToken);
            await transaction.WriteContentAsync(message.Head, cancellationToken);
            await WriteBodyAsync(transaction, message, cancellationToken);
            var result = await transaction.CommitAsync(cancellationToken);
            return result.Outcome == CleanupOutcome.Ok
                ? DeliveryStatus.Sent("2.0.0", $"forwarded as {transaction.QueueId}") with { SuccessWord = recipients.Count > 1 ? "expanded" : "relayed" }
                : DeliveryStatus.Deferred("4.3.0", "unable to forward message");
        }
        catch (IOException)
        {
            return DeliveryStatus.Deferred("4.3.0", "unable to forward message");
        }
    }

    private string Prefix(QueueId id, string deliveredTo)
    {
        var date = MailDate.Format(time.GetUtcNow(), time.LocalTimeZone);
        var received = $"Received: by {settings.Hostname} ({settings.MailName})\n\tid {id}; {date}\n";
        return settings.MarksForwarded && deliveredTo.Length > 0 ? $"{received}Delivered-To: {LocalPart.Quote(deliveredTo)}\n" : received;
    }

    private static async ValueTask WriteBodyAsync(CleanupTransaction transaction, MessageSource message, CancellationToken cancellationToken)
    {
        if (!message.HasFile)
        {
            await transaction.WriteContentAsync(message.Body, cancellationToken);
            return;
        }

        var buffer = new byte[CopyOctets];
        for (long at = 0; ;)
        {
            var read = message.ReadFile(buffer, at);
            if (read == 0)
            {
                return;
            }

            await transaction.WriteContentAsync(buffer.AsMemory(0, read), cancellationToken);
            at += read;
        }
    }
}
