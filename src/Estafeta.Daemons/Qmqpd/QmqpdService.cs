using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Clients;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>What the sessions of a qmqpd entry share.</summary>
internal sealed class QmqpdService : IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly DnsResolver _resolver;

    /// <param name="resolver">The name service; null: this machine's.</param>
    public QmqpdService(ServiceContext context, ICleanup cleanup, DnsResolver? resolver)
    {
        Log = context.Log;
        Time = context.Time;
        Cleanup = cleanup;
        Settings = QmqpdSettings.Read(context.Parameters);
        _tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _resolver = resolver ?? new DnsResolver(context.Time);
        Names = new ClientNames(_resolver, new DnsReplyFilter(MapList.Empty), new HostsFile(context.Time), context.Log);
        AuthorizedClients = HostList.Open(Parameters.QmqpdAuthorizedClients, _tables);
    }

    public QmqpdSettings Settings { get; }

    public IMailLog Log { get; }

    public TimeProvider Time { get; }

    public ICleanup Cleanup { get; }

    public ClientNames Names { get; }

    /// <summary>qmqpd_authorized_clients.</summary>
    public HostList AuthorizedClients { get; }

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        await _resolver.DisposeAsync();
    }
}
