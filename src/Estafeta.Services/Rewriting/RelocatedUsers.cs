using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// relocated(5): users and domains that have moved. Mail for them goes to the error transport, which says where to (relocated_prefix_enable = no: the table's
/// result is all of what it says); whatever their class, and whatever transport_maps has for them.
/// </summary>
internal sealed class RelocatedUsers(AddressMap maps, string prefix, IMailLog log)
{
    public static RelocatedUsers Create(ParameterSet parameters, TableSet tables, LocalDomains localDomains, IMailLog log) => new(
        new AddressMap(tables.OpenList(Parameters.RelocatedMaps.Name, parameters.Get(Parameters.RelocatedMaps)), AddressExtensions.Load(parameters), localDomains),
        parameters.Get(Parameters.RelocatedPrefixEnable) ? "5.1.6 User has moved to " : "",
        log);

    /// <summary>The error, for one who has moved; else what it was.</summary>
    public async ValueTask<ResolvedAddress> ApplyAsync(ResolvedAddress resolved, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty || resolved.Class == AddressClass.Trouble)
        {
            return resolved;
        }

        var found = (await maps.FindAsync(resolved.Recipient, cancellationToken)).Result;
        if (found.IsTrouble)
        {
            const string Reason = "relocated_maps lookup failure";
            log.Warning(Reason);
            return new ResolvedAddress(AddressClass.Trouble, "", "", resolved.Recipient) { Error = Reason };
        }

        return found.IsFound ? resolved with { Transport = "error", Nexthop = prefix + found.Value, HasMoved = true } : resolved;
    }
}
