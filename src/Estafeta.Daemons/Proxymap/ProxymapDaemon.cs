using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Services.TableProxy;
using Estafeta.Tables;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Proxymap;

/// <summary>
/// proxymap(8): opens tables for programs that are in a chroot jail or should share connections. Under the service name proxywrite_service_name it also
/// writes, to the tables of proxy_write_maps, and is the only process to do so.
/// </summary>
public sealed class ProxymapDaemon : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        var parameters = context.Parameters;
        var isWriter = context.ServiceName == parameters.Get(Parameters.ProxywriteServiceName);
        var list = isWriter ? Parameters.ProxyWriteMaps : Parameters.ProxyReadMaps;
        await using var tables = new TableSet(parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        var endpoint = new ProxyEndpoint(tables, new ApprovedTables(list.Name, parameters.Get(list)), isWriter, context.Log);
        var server = new IpcServer(ProxyEndpoint.Protocol, TrustedUsers(context), context.Log);
        await Task.WhenAll(context.Listeners.Select(listener => server.RunAsync(
            listener.Socket,
            async (connection, token) =>
            {
                context.Activity.Begin();
                try
                {
                    await endpoint.ServeAsync(connection, token);
                }
                finally
                {
                    context.Activity.End();
                }
            },
            stopping)));
    }

    // The socket is in private/: who can reach it is root, mail_owner or we.
    private static Func<uint, bool> TrustedUsers(ServiceContext context)
    {
        var owner = Accounts.FindUser(context.Parameters.Get(Parameters.MailOwner))?.Uid;
        var self = Privileges.EffectiveUid;
        return user => user == 0 || user == self || user == owner;
    }
}
