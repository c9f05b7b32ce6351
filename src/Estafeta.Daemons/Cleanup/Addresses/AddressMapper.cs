using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The one-to-one mappings of ADDRESS_REWRITING_README for an address that is complete already: sender_canonical_maps or
/// recipient_canonical_maps, canonical_maps, masquerading. A mapped address is looked up again until it stays the same.
/// </summary>
public sealed class AddressMapper(CleanupTables tables, CleanupSettings settings, AddressRewriter rewriter, IMailLog log)
{
    private const int MaximumNesting = 1000;

    /// <summary>No table and no masquerading is for addresses of this role.</summary>
    public bool IsIdle(AddressRoles role) =>
        !Asks(tables.SenderCanonicalRoles, tables.SenderCanonical, role) && !Asks(tables.RecipientCanonicalRoles, tables.RecipientCanonical, role)
        && !Asks(tables.CanonicalRoles, tables.Canonical, role) && !tables.Masquerade.AppliesTo(role);

    /// <summary>The mapped address; the same object when nothing applies; null when a table is in trouble, which is in the log then.</summary>
    public async ValueTask<string?> MapAsync(string address, AddressRoles role, string queueId, CancellationToken cancellationToken)
    {
        if (address.Length == 0)
        {
            return address;
        }

        string? mapped = address;
        if (Asks(tables.SenderCanonicalRoles, tables.SenderCanonical, role))
        {
            mapped = await FollowAsync(tables.SenderCanonical, "sender_canonical_maps", mapped, queueId, cancellationToken);
        }

        if (mapped != null && Asks(tables.RecipientCanonicalRoles, tables.RecipientCanonical, role))
        {
            mapped = await FollowAsync(tables.RecipientCanonical, "recipient_canonical_maps", mapped, queueId, cancellationToken);
        }

        if (mapped != null && Asks(tables.CanonicalRoles, tables.Canonical, role))
        {
            mapped = await FollowAsync(tables.Canonical, "canonical_maps", mapped, queueId, cancellationToken);
        }

        return mapped != null && tables.Masquerade.AppliesTo(role) ? tables.Masquerade.Apply(mapped) : mapped;
    }

    private static bool Asks(AddressRoles roles, AddressMap map, AddressRoles role) => (roles & role) != 0 && !map.IsEmpty;

    private async ValueTask<string?> FollowAsync(
        AddressMap map, string mapName, string address, string queueId, CancellationToken cancellationToken)
    {
        var current = address;
        for (var nesting = 0; nesting < MaximumNesting; nesting++)
        {
            var match = await map.FindAsync(current, cancellationToken);
            if (match.Result.IsTrouble)
            {
                log.Warning($"{queueId}: {mapName} map lookup problem for {address} -- message not accepted, try again later");
                return null;
            }

            if (!match.Result.IsFound)
            {
                return current;
            }

            var results = MappedAddresses.Parse(
                match.Result.Value!, current, match.Extension, settings.PropagatesCanonicalExtension, rewriter);
            if (results.Count > 1)
            {
                log.Warning($"{queueId}: multi-valued {mapName} entry for {LocalPart.Quote(current)}");
            }

            if (results.Count == 0 || results[0].Equals(current, StringComparison.OrdinalIgnoreCase))
            {
                return results.Count == 0 ? current : results[0];
            }

            current = results[0];
        }

        log.Warning($"{queueId}: unreasonable {mapName} map nesting for {address} -- message not accepted, try again later");

        // Whatever that line says, the message goes on with the address the walk ended at.
        return current;
    }
}
