using System.Globalization;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Makes the envelope that goes into the queue from the one the client gave.</summary>
internal sealed class EnvelopeCleaner(CleanupConfiguration configuration, CleanupRequest request, string queueId, CleanupVerdict verdict)
{
    private List<EnvelopeRecipient> _expanded = [];

    // Copies are for mail from outside: a bounce gets none, nor does what a filter hands back.
    private readonly RecipientMappings _mappings =
        (request.Flags & CleanupFlags.NoAddressMapping) != 0 ? RecipientMappings.None
        : (request.Flags & CleanupFlags.InternalMail) != 0 ? RecipientMappings.Addresses
        : RecipientMappings.Addresses | RecipientMappings.Copies;

    /// <summary>The final envelope sender; null when the message is refused.</summary>
    public async ValueTask<string?> CleanSenderAsync(string sender, CancellationToken cancellationToken)
    {
        if (sender.Length == 0)
        {
            return "";
        }

        var complete = configuration.Rewriter.Rewrite(sender, true);
        var mapped = _mappings.HasFlag(RecipientMappings.Addresses)
            ? await configuration.Mapper.MapAsync(complete, AddressRoles.EnvelopeSender, queueId, cancellationToken)
            : complete;
        if (mapped == null)
        {
            verdict.Refuse(CleanupOutcome.WriteError);
        }

        return IsMailerDaemon(mapped) ? "" : mapped;
    }

    // The name under which the null sender is shown; nothing is to be returned to it.
    private bool IsMailerDaemon(string? address) =>
        address != null && address.Equals("MAILER-DAEMON@" + configuration.Rewriter.Settings.Myorigin, StringComparison.OrdinalIgnoreCase);

    /// <summary>A recipient as it is logged before the tables have been asked.</summary>
    public string Complete(string address) => configuration.Rewriter.Rewrite(address, true);

    /// <summary>The envelope; null when the message is refused.</summary>
    public async ValueTask<Envelope?> CleanAsync(
        string sender, List<EnvelopeRecipient> given, EnvelopeEdits edits, SeenHeaders seen, CancellationToken cancellationToken)
    {
        var isUtf8Mail = request.NeedsSmtpUtf8 || request.Flags.HasFlag(CleanupFlags.DetectSmtpUtf8);
        var recipients = new RecipientCleaner(configuration, queueId, _mappings, isUtf8Mail, verdict);
        if (!await CleanRecipientsAsync(recipients, sender, given, edits, cancellationToken))
        {
            return null;
        }

        _expanded = recipients.Expanded;
        return new Envelope
        {
            Sender = sender,
            Recipients = edits.Redirect == null || recipients.Result.Count == 0 ? recipients.Result : [Redirected(recipients.Result[0], edits.Redirect)],
            ArrivalTime = request.ArrivalTime,
            Client = request.Client,
            DsnEnvelopeId = request.DsnEnvelopeId,
            DsnReturn = request.DsnReturn,
            Is8Bit = request.Is8Bit || (configuration.Settings.Detect8BitEncodingHeader && seen.Is8Bit),
            NeedsSmtpUtf8 = request.NeedsSmtpUtf8
                || (request.Flags.HasFlag(CleanupFlags.DetectSmtpUtf8) && NeedsSmtpUtf8(sender, recipients.Result, seen)),
            RequireTls = request.RequireTls || (configuration.Settings.RequireTlsByHeader && seen.IsRequireTlsYes),
            ContentFilter = edits.ContentFilter ?? request.ContentFilter,
            IsProbe = request.IsProbe,
            Trace = request.Trace,
            Verp = request.Verp,
            Attributes = Attributes(edits, seen, recipients.Result.Count),
        };
    }

    private IReadOnlyList<KeyValuePair<string, string>> Attributes(EnvelopeEdits edits, SeenHeaders seen, int recipients)
    {
        var attributes = edits.Attributes;
        if (configuration.Settings.TlsRequiredEnable && seen.IsTlsRequiredNo)
        {
            attributes = [.. attributes, new(Envelope.TlsRequiredAttribute, "no")];
        }

        return edits.Redirect != null && recipients > 1
            ? [.. attributes, new(Envelope.RecipientCountAttribute, recipients.ToString(CultureInfo.InvariantCulture))]
            : attributes;
    }

    private async ValueTask<bool> CleanRecipientsAsync(
        RecipientCleaner recipients, string sender, List<EnvelopeRecipient> given, EnvelopeEdits edits, CancellationToken cancellationToken)
    {
        var copies = _mappings.HasFlag(RecipientMappings.Copies);
        if (copies && !await recipients.AddCopyForAsync(configuration.Tables.SenderBcc, "sender_bcc_maps", sender, cancellationToken))
        {
            return false;
        }

        foreach (var recipient in given)
        {
            if (!await recipients.AddAsync(recipient, cancellationToken))
            {
                return false;
            }
        }

        foreach (var copy in edits.Copies)
        {
            if (!await recipients.AddCopyAsync(copy, cancellationToken))
            {
                return false;
            }
        }

        var always = configuration.Settings.AlwaysBcc;
        return !copies || always.Length == 0 || await recipients.AddCopyAsync(always, cancellationToken);
    }

    private static bool NeedsSmtpUtf8(string sender, IReadOnlyList<EnvelopeRecipient> recipients, SeenHeaders seen) =>
        seen.HasUtf8 || !Ascii.IsValid(sender) || recipients.Any(r => !Ascii.IsValid(r.Address));

    // In the place of all goes one message, which the first recipient's wishes hold for and whose original address is shown.
    private EnvelopeRecipient Redirected(EnvelopeRecipient first, string target) => first with { Address = configuration.Rewriter.Rewrite(target, true) };

    /// <summary>Tells a sender who wants to know of success that aliases have been expanded (RFC 3461 §5.2.7.2).</summary>
    public async ValueTask ReportExpandedAsync(Envelope envelope, CleanupExits exits, CancellationToken cancellationToken)
    {
        if (_expanded.Count == 0 || envelope.Sender.Length == 0)
        {
            return;
        }

        var status = DeliveryStatus.Sent("2.0.0", "alias expanded") with { SuccessWord = "expanded" };
        var isTold = await exits.Notify(new NotificationRequest
        {
            Kind = NotificationKind.Success,
            QueueId = queueId,
            Envelope = envelope with { DsnReturn = DsnReturn.Headers },
            Recipients = _expanded.ConvertAll(r => new RecipientReport(r, r.Address, status)),
        }, cancellationToken);
        if (!isTold)
        {
            configuration.Log.Warning($"{queueId}: trace logfile update error");
        }
    }
}
