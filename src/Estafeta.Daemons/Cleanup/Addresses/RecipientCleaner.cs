using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// From the recipients a client gave to those the queue gets: completed, mapped, expanded by virtual_alias_maps, without
/// duplicates, with the copies of recipient_bcc_maps.
/// </summary>
internal sealed class RecipientCleaner(CleanupConfiguration configuration, string queueId, RecipientMappings mappings, bool isUtf8Mail, CleanupVerdict verdict)
{
    private readonly List<EnvelopeRecipient> _result = [];
    private readonly HashSet<(string Original, string Address, string Orcpt, DsnNotify Notify)> _seen = [];

    public IReadOnlyList<EnvelopeRecipient> Result => _result;

    /// <summary>Aliases that have been expanded, and whose success the sender wants to hear of.</summary>
    public List<EnvelopeRecipient> Expanded { get; } = [];

    /// <summary>False when the message is refused: a table is in trouble, or an alias unreasonable.</summary>
    public async ValueTask<bool> AddAsync(EnvelopeRecipient given, CancellationToken cancellationToken)
    {
        var original = given.OriginalAddress.Length > 0 ? given.OriginalAddress : given.Address;
        var complete = await CompleteAsync(given.Address, cancellationToken);
        if (complete == null)
        {
            return false;
        }

        var isAdded = await ExpandAsync(given with
        {
            Address = complete,
            OriginalAddress = original,
            DsnOriginalRecipient = given.DsnOriginalRecipient ?? AddressType(complete) + complete,
        }, cancellationToken);
        return isAdded && (!mappings.HasFlag(RecipientMappings.Copies)
            || await AddCopyForAsync(configuration.Tables.RecipientBcc, "recipient_bcc_maps", complete, cancellationToken));
    }

    /// <summary>A copy nobody is told about (always_bcc, a BCC action).</summary>
    public async ValueTask<bool> AddCopyAsync(string address, CancellationToken cancellationToken)
    {
        var complete = await CompleteAsync(address, cancellationToken);
        return complete != null && await ExpandAsync(new EnvelopeRecipient(complete) { OriginalAddress = complete, Notify = DsnNotify.Never }, cancellationToken);
    }

    /// <summary>The copy that sender_bcc_maps or recipient_bcc_maps has for this address, if any.</summary>
    public async ValueTask<bool> AddCopyForAsync(AddressMap map, string mapName, string address, CancellationToken cancellationToken)
    {
        if (map.IsEmpty || address.Length == 0)
        {
            return true;
        }

        var match = await map.FindAsync(address, cancellationToken);
        if (match.Result.IsTrouble)
        {
            configuration.Log.Warning($"{queueId}: {mapName} map lookup problem -- message not accepted, try again later");
            verdict.Refuse(CleanupOutcome.WriteError);
            return false;
        }

        if (!match.Result.IsFound)
        {
            return true;
        }

        var results = MappedAddresses.Parse(match.Result.Value!, address, "", true, configuration.Rewriter);
        if (results.Count > 1)
        {
            configuration.Log.Warning($"{queueId}: multi-valued {mapName} entry for {LocalPart.Quote(address)}");
        }

        return results.Count == 0 || await AddCopyAsync(results[0], cancellationToken);
    }

    private async ValueTask<string?> CompleteAsync(string address, CancellationToken cancellationToken)
    {
        var complete = configuration.Rewriter.Rewrite(address.Length == 0 ? configuration.Settings.EmptyAddressRecipient : address, true);
        if (!mappings.HasFlag(RecipientMappings.Addresses))
        {
            return complete;
        }

        var mapped = await configuration.Mapper.MapAsync(complete, AddressRoles.EnvelopeRecipient, queueId, cancellationToken);
        if (mapped == null)
        {
            verdict.Refuse(CleanupOutcome.WriteError);
        }

        return mapped;
    }

    /// <summary>RFC 6533 §3: in an SMTPUTF8 message an address beyond ASCII is of another type.</summary>
    private string AddressType(string address) => !isUtf8Mail || Ascii.IsValid(address) ? "rfc822;" : "utf-8;";

    private async ValueTask<bool> ExpandAsync(EnvelopeRecipient recipient, CancellationToken cancellationToken)
    {
        if (!mappings.HasFlag(RecipientMappings.Addresses) || !configuration.Aliases.IsEnabled)
        {
            Add(recipient);
            return true;
        }

        var addresses = await configuration.Aliases.ExpandAsync(recipient.Address, queueId, verdict, cancellationToken);
        if (addresses == null)
        {
            return false;
        }

        var notify = recipient.Notify;
        if (notify.HasFlag(DsnNotify.Success) && (addresses.Count > 1 || !addresses[0].Equals(recipient.Address, StringComparison.Ordinal)))
        {
            // The report of success is for the alias, not for each address behind it.
            Expanded.Add(recipient);
            notify = notify == DsnNotify.Success ? DsnNotify.Never : notify & ~DsnNotify.Success;
        }

        foreach (var address in addresses)
        {
            Add(recipient with { Address = address, Notify = notify });
        }

        return true;
    }

    private void Add(EnvelopeRecipient recipient)
    {
        // Without enable_original_recipient nobody downstream can tell two ways to the same mailbox apart.
        var tellsApart = configuration.Settings.EnableOriginalRecipient;
        var key = (
            tellsApart ? recipient.OriginalAddress.ToLowerInvariant() : "",
            recipient.Address.ToLowerInvariant(),
            tellsApart ? recipient.DsnOriginalRecipient?.ToLowerInvariant() ?? "" : "",
            tellsApart ? recipient.Notify : DsnNotify.Unspecified);
        var limit = configuration.Settings.DuplicateFilterLimit;
        if (_seen.Contains(key))
        {
            return;
        }

        if (limit == 0 || _seen.Count < limit)
        {
            _seen.Add(key);
        }

        _result.Add(recipient);
    }
}

/// <summary>Which mappings apply to a message (receive_override_options = no_address_mappings, internal mail).</summary>
[Flags]
internal enum RecipientMappings
{
    None = 0,

    /// <summary>Canonical and virtual alias tables, masquerading.</summary>
    Addresses = 1,

    /// <summary>always_bcc, sender_bcc_maps, recipient_bcc_maps.</summary>
    Copies = 2,
}
