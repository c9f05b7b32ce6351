using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Daemons.Smtpd.Auth;

/// <summary>smtpd_sasl_*: what AUTH offers and to whom.</summary>
internal sealed record SaslSettings
{
    /// <summary>cyrus, dovecot, or estafeta.</summary>
    public required string Type { get; init; }

    /// <summary>smtpd_sasl_path: Dovecot's socket, or the name of the Cyrus configuration file.</summary>
    public required string Path { get; init; }

    /// <summary>smtpd_sasl_service: what the back end knows the service as.</summary>
    public required string ServiceName { get; init; }

    /// <summary>smtpd_sasl_local_domain: the realm of login names without one.</summary>
    public required string LocalDomain { get; init; }

    public required SaslSecurityOptions SecurityOptions { get; init; }

    public required SaslSecurityOptions TlsSecurityOptions { get; init; }

    /// <summary>broken_sasl_auth_clients: announce AUTH in the form of 1998, too.</summary>
    public required bool AnnouncesForBrokenClients { get; init; }

    /// <summary>smtpd_sasl_authenticated_header.</summary>
    public required bool ShowsInReceived { get; init; }

    /// <summary>smtpd_sasl_response_limit: octets in one answer to a challenge.</summary>
    public required int ResponseLimit { get; init; }

    /// <summary>smtpd_tls_auth_only, or TLS is mandatory.</summary>
    public required bool IsOnlyUnderTls { get; init; }

    public static SaslSettings Read(ParameterSet parameters, bool isOnlyUnderTls) => new()
    {
        Type = parameters.Get(Parameters.SmtpdSaslType),
        Path = parameters.Get(Parameters.SmtpdSaslPath),
        ServiceName = parameters.Get(Parameters.SmtpdSaslService),
        LocalDomain = parameters.Get(Parameters.SmtpdSaslLocalDomain),
        SecurityOptions = Options(parameters, Parameters.SmtpdSaslSecurityOptions),
        TlsSecurityOptions = Options(parameters, Parameters.SmtpdSaslTlsSecurityOptions),
        AnnouncesForBrokenClients = parameters.Get(Parameters.BrokenSaslAuthClients),
        ShowsInReceived = parameters.Get(Parameters.SmtpdSaslAuthenticatedHeader),
        ResponseLimit = parameters.Get(Parameters.SmtpdSaslResponseLimit),
        IsOnlyUnderTls = isOnlyUnderTls,
    };

    private static SaslSecurityOptions Options(ParameterSet parameters, StringParameter parameter) =>
        SaslSecurityOptions.Parse(parameter.Name, parameters.Get(parameter));
}
