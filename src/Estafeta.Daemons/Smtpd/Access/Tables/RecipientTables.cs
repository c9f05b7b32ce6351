using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Services.Rewriting;
using Estafeta.Tables.Keys;

namespace Estafeta.Daemons.Smtpd.Access.Tables;

/// <summary>Whether some table knows an address of our own domains: local_recipient_maps, relay_recipient_maps, virtual and canonical maps.</summary>
internal sealed class RecipientTables
{
    private readonly AddressLookup[] _always;
    private readonly AddressLookup _virtualMailbox;
    private readonly AddressLookup _relay;
    private readonly AddressLookup _local;
    private readonly string[] _systemUsers;

    /// <param name="always">Maps whose match makes any address known: the address is rewritten before delivery.</param>
    public RecipientTables(AddressLookup[] always, AddressLookup virtualMailbox, AddressLookup relay, AddressLookup local, string doubleBounceSender)
    {
        _always = always;
        _virtualMailbox = virtualMailbox;
        _relay = relay;
        _local = local;
        _systemUsers = [doubleBounceSender, "postmaster", "mailer-daemon"];
    }

    /// <summary>Whether a canonical or virtual alias table gives it another address. Null when a table could not say.</summary>
    public async ValueTask<bool?> IsRewrittenAsync(ResolvedAddress resolved, AccessTrace? trace, CancellationToken cancellationToken)
    {
        foreach (var map in _always)
        {
            var match = await map.FindAsync(resolved.Recipient, cancellationToken);
            if (match.IsSettled)
            {
                trace?.Table(map.ParameterName, match.Key, match.Result);
            }

            if (match.Result.IsTrouble)
            {
                return null;
            }

            if (match.Result.IsFound)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the tables of its class know it. Null when a table could not say. An empty table parameter knows everybody.</summary>
    public async ValueTask<bool?> IsListedAsync(ResolvedAddress resolved, AccessTrace? trace, CancellationToken cancellationToken) => resolved.Class switch
    {
        AddressClass.VirtualAlias => false,
        AddressClass.VirtualMailbox => await FindAsync(_virtualMailbox, resolved.Recipient, trace, cancellationToken),
        AddressClass.Relay => await FindAsync(_relay, resolved.Recipient, trace, cancellationToken),
        // The queue manager and local(8) take these whatever the tables say.
        AddressClass.Local when IsSystemAddress(resolved.Recipient) => true,
        AddressClass.Local => await FindAsync(_local, resolved.Recipient, trace, cancellationToken),
        _ => true,
    };

    private bool IsSystemAddress(string address) => address.LastIndexOf('@') is > 0 and var at
        && _systemUsers.Contains(address[..at], StringComparer.OrdinalIgnoreCase);

    private static async ValueTask<bool?> FindAsync(AddressLookup map, string address, AccessTrace? trace, CancellationToken cancellationToken)
    {
        if (map.IsEmpty)
        {
            return true;
        }

        var match = await map.FindAsync(address, cancellationToken);
        trace?.Table(map.ParameterName, match.IsSettled ? match.Key : address, match.Result);
        return match.Result.IsTrouble ? null : match.Result.IsFound;
    }
}
