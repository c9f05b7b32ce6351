using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtpd.Limits;

/// <summary>smtpd_client_*_limit: 0 is no limit. The rates are for anvil_rate_time_unit.</summary>
internal sealed record ClientLimitSettings
{
    public required int ConnectionCount { get; init; }

    public required int ConnectionRate { get; init; }

    public required int MessageRate { get; init; }

    public required int RecipientRate { get; init; }

    public required int NewTlsSessionRate { get; init; }

    public required int AuthRate { get; init; }

    /// <summary>How much of an address makes a client.</summary>
    public required int Ipv4PrefixLength { get; init; }

    public required int Ipv6PrefixLength { get; init; }

    public bool HasAny => ConnectionCount > 0 || ConnectionRate > 0 || MessageRate > 0 || RecipientRate > 0 || NewTlsSessionRate > 0 || AuthRate > 0;

    public static ClientLimitSettings Read(ParameterSet parameters) => new()
    {
        ConnectionCount = parameters.Get(Parameters.SmtpdClientConnectionCountLimit),
        ConnectionRate = parameters.Get(Parameters.SmtpdClientConnectionRateLimit),
        MessageRate = parameters.Get(Parameters.SmtpdClientMessageRateLimit),
        RecipientRate = parameters.Get(Parameters.SmtpdClientRecipientRateLimit),
        NewTlsSessionRate = parameters.Get(Parameters.SmtpdClientNewTlsSessionRateLimit),
        AuthRate = parameters.Get(Parameters.SmtpdClientAuthRateLimit),
        Ipv4PrefixLength = parameters.Get(Parameters.SmtpdClientIpv4PrefixLength),
        Ipv6PrefixLength = parameters.Get(Parameters.SmtpdClientIpv6PrefixLength),
    };
}
