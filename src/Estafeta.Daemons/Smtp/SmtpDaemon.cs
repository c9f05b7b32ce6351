using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;
using Estafeta.Net.Dns;
using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>An <c>smtp</c> or <c>lmtp</c> entry of master.cf: one process, as many deliveries at once as the queue manager asks for.</summary>
public sealed class SmtpDaemon : IDaemon, IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly DnsResolver _resolver;
    private readonly RemoteTlsManager _tlsManager;
    private readonly RemoteTransports _transports;
    private readonly SmtpAgent _agent;

    public SmtpDaemon(ServiceContext context, bool isLmtp)
    {
        if (!isLmtp && Compatibility.HasOldDefault(context.Parameters, Parameters.SmtpTlsSecurityLevel))
        {
            context.Log.Info("using backwards-compatible default setting smtp_tls_security_level=(empty)");
        }

        _tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _resolver = new DnsResolver(context.Time) { DnssecProbe = DnssecProbe.Create(context.Parameters, context.Log.Warning) };
        _tlsManager = new RemoteTlsManager("private/" + context.Parameters.Get(Parameters.TlsmgrServiceName), context.Time);
        _transports = new RemoteTransports(context.Time);
        _agent = SmtpAgent.Create(_tables, isLmtp, _resolver, context.Log, context.Time, tlsManager: _tlsManager, transports: _transports.Find);
    }

    public Task RunAsync(ServiceContext context, CancellationToken stopping) => AgentServer.RunAsync(context, _agent, stopping);

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _transports.DisposeAsync();
        await _tlsManager.DisposeAsync();
        await _resolver.DisposeAsync();
        await _tables.DisposeAsync();
    }
}
