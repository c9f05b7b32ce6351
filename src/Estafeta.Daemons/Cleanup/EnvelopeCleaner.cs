using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Makes the envelope that goes into the queue from the one the client gave.</summary>
internal sealed class EnvelopeCleaner(CleanupConfiguration configuration, CleanupRequest request, string queueId, CleanupVerdict verdict)
{
    // Copies are for mail from outside: a bounce gets none, nor does what a filter hands back.
    private readonly RecipientMappings _mappings =
        (request.Flags & CleanupFlags.NoAddressMapping) != 0 ? RecipientMappings.None
        : (request.Flags & CleanupFlags.InternalMail) != 0 ? RecipientMappings.Addresses
        : RecipientMappings.Addresses | RecipientMappings.Copies;

    /// <summary>The final envelope sender; null when the message is refused.</summary>
    public async ValueTask<string?> CleanSenderAsync(CancellationToken cancellationToken)
    {
        if (request.Sender.Length == 0)
        {
            return "";
        }

        var complete = configuration.Rewriter.Rewrite(request.Sender, true);
        if (!_mappings.HasFlag(RecipientMappings.Addresses))
        {
            return complete;
        }

        var mapped = await configuration.Mapper.MapAsync(complete, AddressRoles.EnvelopeSender, queueId, cancellationToken);
        if (mapped == null)
        {
            verdict.Refuse(CleanupOutcome.WriteError);
        }

        return mapped;
    }

    /// <summary>The envelope; null when the message is refused.</summary>
    public async ValueTask<Envelope?> CleanAsync(
        string sender, List<EnvelopeRecipient> given, EnvelopeEdits edits, SeenHeaders seen, CancellationToken cancellationToken)
    {
        var recipients = new RecipientCleaner(configuration, queueId, _mappings, verdict);
        if (!await CleanRecipientsAsync(recipients, sender, given, edits, cancellationToken))
        {
            return null;
        }

        return new Envelope
        {
            Sender = sender,
            Recipients = edits.Redirect == null ? recipients.Result : [Redirected(edits.Redirect)],
            ArrivalTime = request.ArrivalTime,
            Client = request.Client,
            DsnEnvelopeId = request.DsnEnvelopeId,
            DsnReturn = request.DsnReturn,
            Is8Bit = request.Is8Bit || (configuration.Settings.Detect8BitEncodingHeader && seen.Is8Bit),
            NeedsSmtpUtf8 = request.NeedsSmtpUtf8,
            RequireTls = request.RequireTls,
            ContentFilter = edits.ContentFilter ?? request.ContentFilter,
            IsProbe = request.IsProbe,
            Trace = request.Trace,
            Verp = request.Verp,
            Attributes = edits.Attributes,
        };
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

    private EnvelopeRecipient Redirected(string target) => new(configuration.Rewriter.Rewrite(target, true))
    {
        OriginalAddress = target,
        DsnOriginalRecipient = "rfc822;" + target,
    };
}
