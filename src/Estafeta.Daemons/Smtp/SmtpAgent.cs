using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Net.Dns;
using Estafeta.Net.OAuth.Client;
using Estafeta.Net.Tls;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// smtp(8), lmtp(8): the delivery agent for other hosts. Thread-safe: thousands of deliveries may run at once, sharing resolver,
/// connection cache and tables. See <see cref="SmtpDelivery"/> for what one does.
/// </summary>
public sealed class SmtpAgent : IDeliveryAgent, IAsyncDisposable
{
    private readonly SmtpAgentParts _parts;
    private readonly OutcomeRecorder _recorder;

    private SmtpAgent(SmtpAgentParts parts, OutcomeRecorder recorder) => (_parts, _recorder) = (parts, recorder);

    /// <param name="tables">Opens the tables; stays the caller's.</param>
    /// <param name="resolver">Stays the caller's.</param>
    /// <param name="tlsManager">For MTA-STS and TLS reports; stays the caller's.</param>
    /// <param name="transports">The agent behind a transport name, for best_mx_transport.</param>
    public static SmtpAgent Create(TableSet tables, bool isLmtp, DnsResolver resolver, IMailLog log, TimeProvider time, ITlsManager? tlsManager = null,
        Func<string, IDeliveryAgent>? transports = null)
    {
        var parameters = tables.Parameters;
        var p = new SmtpParameters(parameters, isLmtp);
        var settings = SmtpClientSettings.Load(parameters, isLmtp);
        var routing = RoutingSettings.Load(parameters, isLmtp);
        var clientTables = SmtpClientTables.Open(p, tables);
        var tls = ClientTlsSettings.Load(p);
        var sasl = SaslSettings.Load(p, tables);
        var contexts = new ClientTlsContexts(tls, p.Name(Parameters.SmtpTlsProtocols, Parameters.LmtpTlsProtocols), log, time);
        var resumptions = tls.ResumesSessions ? new TlsResumptions(tls.SessionLifetime, time) : null;
        var collector = tls.Reports && tls.ReportSocket.Length > 0 ? new TlsReportCollector(tls.ReportSocket, resolver) : null;
        var reporter = tls.Reports && (collector != null || tlsManager != null)
            ? new TlsReporter(collector != null ? collector.ReportAsync : tlsManager!.ReportAsync, tls.ReportsResumed, log) // one of the two is there
            : null;
        var sts = tls.UsesMtaSts && tlsManager != null ? new StsLookup(tls, tlsManager, log, time) : null;
        if (tls.PrefersRawKeys && TlsLibrary.RawKeyComplaint(settings.IsLmtp ? Parameters.LmtpTlsEnableRpk.Name : Parameters.SmtpTlsEnableRpk.Name) is { } complaint)
        {
            log.Warning(complaint);
        }

        var starter = new TlsStarter(tls, settings.Timeouts, contexts, resumptions, reporter, new TlsLogLevels(tls.LogLevel, clientTables.TlsLogLevels), log, time);
        var tokens = new AccessTokens(parameters.Get(Parameters.EstafetaOauthConfig), text => log.Warning(text), time);
        var canDane = routing.UsesDnssec && routing.LooksInDns && !routing.LooksNatively;
        var parts = new SmtpAgentParts
        {
            Settings = settings,
            Routing = routing,
            Tables = clientTables,
            Transports = new TransportPass(transports ?? (static name => throw new IOException($"no transport {name}")), log),
            Services = TcpServices.Load(parameters),
            Finder = new ServerFinder(routing, resolver, new DnsReplyFilter(clientTables.DnsReplyFilter), new NativeNames(new HostsFile(time)), log),
            Connector = new ServerConnector(settings, routing, clientTables, log, time),
            Policies = new TlsPolicyFinder(
                tls, clientTables.TlsPolicies, clientTables.TlsPerSite, canDane ? new DaneLookup(tls, resolver, log) : null, sts, reporter, log),
            TlsContexts = contexts,
            Starter = starter,
            ReportCollector = collector,
            Opener = new SessionOpener(settings, tls, new SmtpHandshake(settings, clientTables, log), starter, new SaslLogin(sasl, tls.HasCertificate, tokens, settings.Timeouts, log, time), time),
            Tokens = tokens,
            Passwords = new SaslPasswords(sasl, tokens, log),
            Cache = new ConnectionCache(settings.Reuse, time),
            Commands = new EnvelopeCommands(settings, clientTables.Generic),
            Heads = new HeadPreparer(clientTables.Generic, parameters.Get(Parameters.HeaderSizeLimit), parameters.Get(Parameters.HeaderAddressTokenLimit)),
            Checks = OutgoingChecks.Open(p, tables, log.Warning),
            Log = log,
            Time = time,
        };
        return new SmtpAgent(parts, CreateRecorder(p, tables, log, time));
    }

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var job = new DeliveryJob(request, _recorder, report, _parts.Settings.LogsTlsStatus, _parts.Time);
        try
        {
            await new SmtpDelivery(_parts, job).RunAsync(cancellationToken);
        }
        catch (GenericMapException e)
        {
            _parts.Log.Warning($"{request.QueueId}: {e.Message}");
            job.IsLastServer = true;
            await job.FailTogetherAsync(job.Remaining, SessionFailure.Local("4.3.0", "address rewriting table lookup error"), null, cancellationToken);
        }
        catch (ContentTableException e)
        {
            _parts.Log.Warning($"{request.QueueId}: {e.Message}");
            job.IsLastServer = true;
            await job.FailTogetherAsync(job.Remaining, SessionFailure.Local("4.3.0", $"{e.Table} lookup error"), null, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            // Ours or the system's fault: the mail waits, whatever it was.
            _parts.Log.Error($"{request.QueueId}: {e}");
            job.IsLastServer = true;
            await job.FailTogetherAsync(job.Remaining, SessionFailure.Local("4.3.0", "mail system configuration or software error"), null, cancellationToken);
        }

        return new DeliveryEnd(job.DestinationFailure);
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.Cache.DisposeAsync();
        _parts.Starter.Dispose();
        _parts.ReportCollector?.Dispose();
        _parts.TlsContexts.Dispose();
        _parts.Tokens.Dispose();
    }

    private static OutcomeRecorder CreateRecorder(SmtpParameters p, TableSet tables, IMailLog log, TimeProvider time) => OutcomeRecorder.Create(
        tables,
        p.Name(Parameters.SmtpDeliveryStatusFilter, Parameters.LmtpDeliveryStatusFilter),
        p.Text(Parameters.SmtpDeliveryStatusFilter, Parameters.LmtpDeliveryStatusFilter),
        log,
        time);
}
