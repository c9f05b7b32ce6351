using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The envelope that a message would get into the queue with, made by the code that makes it for real, without a message. Trouble is in
/// the configuration's log.
/// </summary>
public sealed class EnvelopePreview(CleanupConfiguration configuration)
{
    private const string NoQueueId = "NOQUEUE";

    /// <summary>Null when the message would be refused, for the reason in the log.</summary>
    public async ValueTask<PreviewedEnvelope?> CleanAsync(
        CleanupRequest request, IReadOnlyList<EnvelopeRecipient> recipients, IReadOnlyList<EnvelopeEdit> edits, CancellationToken cancellationToken)
    {
        var collected = new EnvelopeEdits();
        foreach (var edit in edits)
        {
            collected.Add(edit);
        }

        var cleaner = new EnvelopeCleaner(configuration, request, NoQueueId, new CleanupVerdict());
        var sender = await cleaner.CleanSenderAsync(request.Sender, cancellationToken);
        var envelope = sender == null ? null : await cleaner.CleanAsync(sender, [.. recipients], collected, new SeenHeaders(), cancellationToken);
        if (envelope == null)
        {
            return null;
        }

        var changes = new List<AddressChange> { new(request.Sender, [envelope.Sender]) };
        foreach (var recipient in recipients)
        {
            changes.Add(await ExplainAsync(recipient.Address, (request.Flags & CleanupFlags.NoAddressMapping) != 0, cancellationToken));
        }

        return new PreviewedEnvelope(envelope, changes, collected.Hold, collected.Discard);
    }

    // The stages between a given address and what is in the queue: completed, mapped, expanded.
    private async ValueTask<AddressChange> ExplainAsync(string address, bool isMappedNot, CancellationToken cancellationToken)
    {
        var complete = configuration.Rewriter.Rewrite(address.Length == 0 ? configuration.Settings.EmptyAddressRecipient : address, true);
        if (isMappedNot)
        {
            return new AddressChange(address, [complete]) { Rewritten = complete };
        }

        var mapped = await configuration.Mapper.MapAsync(complete, AddressRoles.EnvelopeRecipient, NoQueueId, cancellationToken) ?? complete;
        var expanded = configuration.Aliases.IsEnabled
            ? await configuration.Aliases.ExpandAsync(mapped, NoQueueId, new CleanupVerdict(), cancellationToken) ?? [mapped]
            : [mapped];
        return new AddressChange(address, expanded) { Rewritten = complete, Canonical = mapped };
    }
}

/// <param name="Envelope">As it would be in the queue, copies (…_bcc_maps) included.</param>
/// <param name="Changes">The sender first, then each recipient that was given.</param>
/// <param name="IsHeld">It would wait in the hold queue.</param>
/// <param name="IsDiscarded">It would be thrown away.</param>
public sealed record PreviewedEnvelope(Envelope Envelope, IReadOnlyList<AddressChange> Changes, bool IsHeld, bool IsDiscarded);

/// <summary>What became of an address.</summary>
/// <param name="Given">By the client.</param>
/// <param name="Final">In the queue: behind virtual_alias_maps, or of a sender behind canonical maps.</param>
public sealed record AddressChange(string Given, IReadOnlyList<string> Final)
{
    /// <summary>Completed: domain, routing operators.</summary>
    public string? Rewritten { get; init; }

    /// <summary>Behind canonical_maps, recipient_canonical_maps and masquerading.</summary>
    public string? Canonical { get; init; }
}
