using System.Net;
using Estafeta.Configuration.Catalogue;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Postscreen.Access;

/// <summary>
/// postscreen_allowlist_interfaces: the addresses of this machine where a client can become known. Who comes to another one (a backup MX) is
/// put off. When nobody can say, so is he: it costs him a retry.
/// </summary>
internal sealed class AllowlistInterfaces(TableSet tables)
{
    private readonly HostList _addresses = HostList.Open(Parameters.PostscreenAllowlistInterfaces, tables);

    public async ValueTask<bool> AllowsAsync(IPAddress? server, CancellationToken cancellationToken) =>
        server != null && (await _addresses.MatchAsync(null, server, cancellationToken)).IsFound;
}
