using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>What the tlsmgr entry of master.cf runs with.</summary>
internal sealed record TlsmgrSettings
{
    public required string DataDirectory { get; init; }

    /// <summary>Lifetime of session tickets; smtpd_tls_session_cache_timeout.</summary>
    public TimeSpan TicketLifetime { get; init; }

    public required string CaFile { get; init; }

    public required string CaPath { get; init; }

    /// <summary>organization-name of reports, and the submitting domain: $mydomain.</summary>
    public required string Organization { get; init; }

    /// <summary>Sender and contact of reports; empty sends none.</summary>
    public required string ReportSender { get; init; }

    /// <summary>How cleanup handles reports (estafeta_dkim_sign: RFC 8460 wants them signed).</summary>
    public CleanupFlags CleanupFlags { get; init; }

    public static TlsmgrSettings Load(ParameterSet parameters) => new()
    {
        DataDirectory = parameters.Get(Parameters.DataDirectory),
        TicketLifetime = parameters.Get(Parameters.SmtpdTlsSessionCacheTimeout) is var time && time > TimeSpan.FromMinutes(2) ? time : TimeSpan.FromMinutes(2),
        CaFile = parameters.Get(Parameters.SmtpTlsCAfile),
        CaPath = parameters.Get(Parameters.SmtpTlsCApath),
        Organization = parameters.Get(Parameters.Mydomain),
        CleanupFlags = MailClassFlags.Load(parameters, MailClasses.Notify) | SigningOriginWords.Load(parameters).FlagFor(SigningOrigins.Internal),
        ReportSender = parameters.Get(Parameters.EstafetaTlsrptSender),
    };
}
