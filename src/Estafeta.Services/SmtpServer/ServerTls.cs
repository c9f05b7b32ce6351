using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.Tls.Traces;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Services.SmtpServer;

/// <summary>Makes the TLS of a service from smtpd_tls_*, while the process may still read root's keys.</summary>
public static class ServerTls
{
    /// <summary>Null with smtpd_tls_security_level = none.</summary>
    /// <param name="context">Whose parameters and log.</param>
    /// <param name="tables">For tls_server_sni_maps.</param>
    /// <param name="describeFailure">The line about a handshake that failed, from the client's name; null for smtpd's.</param>
    public static TlsServer? Create(ServiceContext context, TableSet tables, Func<string, string>? describeFailure = null)
    {
        var settings = TlsServerSettings.Load(context.Parameters);
        if (settings.Level == TlsServerLevel.None)
        {
            return null;
        }

        var log = context.Log;
        if (settings.AsksClientCertificate && !settings.HasCertificate)
        {
            log.Warning("Need a server cert to request client certs");
        }

        if (settings.Level != TlsServerLevel.Encrypt && context.Parameters.Get(Parameters.SmtpdTlsReqCcert))
        {
            log.Warning("Can't require client certs unless TLS is required");
        }

        if (settings.Context.PrefersRawKeys && TlsLibrary.RawKeyComplaint(Parameters.SmtpdTlsEnableRpk.Name) is { } complaint)
        {
            log.Warning(complaint);
        }

        // A ticket of one service is nothing to another, which may ask for less or more (HISTORY 20260805).
        var tickets = new TicketKeys(context.Time);
        settings = settings with
        {
            Context = settings.Context with { Tickets = tickets, SessionContext = $"{context.ProgramName}/{context.ServiceName}" },
        };
        var flags = TableFlags.FoldKeys | TableFlags.Utf8 | TableFlags.ValueIsFile;
        var names = tables.OpenList(Parameters.TlsServerSniMaps.Name, settings.ServerNameMaps, flags);
        var server = new TlsServer(settings, names, log.Info, log.Warning, context.Time)
        {
            Renew = context.Retire,
            DescribeFailure = describeFailure,
            Traces = new TlsTraceFiles(
                TlsTraceFiles.Folder,
                context.Parameters.Get(Parameters.SmtpdTlsTraceSizeLimit),
                context.Parameters.Get(Parameters.TlsTraceRateLimit),
                log.Info,
                log.Warning,
                context.Time),
        };
        _ = server.IsAvailable; // loads, and says what is wrong; STARTTLS answers 454 until it is put right
        return server;
    }
}
