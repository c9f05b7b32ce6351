using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>Whether some table knows an address of our own domains: local_recipient_maps, relay_recipient_maps, virtual and canonical maps.</summary>
internal sealed class RecipientTables
{
    private readonly AddressMap[] _always;
    private readonly AddressMap _virtualMailbox;
    private readonly AddressMap _relay;
    private readonly AddressMap _local;

    /// <param name="always">Maps whose match makes any address known: the address is rewritten before delivery.</param>
    public RecipientTables(AddressMap[] always, AddressMap virtualMailbox, AddressMap relay, AddressMap local)
    {
        _always = always;
        _virtualMailbox = virtualMailbox;
        _relay = relay;
        _local = local;
    }

    /// <summary>Null when a table could not say. An empty table parameter knows everybody.</summary>
    public async ValueTask<bool?> IsListedAsync(ResolvedAddress resolved, CancellationToken cancellationToken)
    {
        if (resolved.Class is not (AddressClass.Local or AddressClass.VirtualAlias or AddressClass.VirtualMailbox or AddressClass.Relay))
        {
            return true;
        }

        foreach (var map in _always)
        {
            var match = await map.FindAsync(resolved.Recipient, cancellationToken);
            if (match.Result.IsTrouble)
            {
                return null;
            }

            if (match.Result.IsFound)
            {
                return true;
            }
        }

        return resolved.Class switch
        {
            AddressClass.VirtualAlias => false,
            AddressClass.VirtualMailbox => await FindAsync(_virtualMailbox, resolved.Recipient, cancellationToken),
            AddressClass.Relay => await FindAsync(_relay, resolved.Recipient, cancellationToken),
            _ => await FindAsync(_local, resolved.Recipient, cancellationToken),
        };
    }

    private static async ValueTask<bool?> FindAsync(AddressMap map, string address, CancellationToken cancellationToken)
    {
        if (map.IsEmpty)
        {
            return true;
        }

        var match = await map.FindAsync(address, cancellationToken);
        return match.Result.IsTrouble ? null : match.Result.IsFound;
    }
}
