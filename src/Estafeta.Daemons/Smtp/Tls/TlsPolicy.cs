using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtp;

/// <summary>What TLS must be like with one server for one destination. Two equal policies may share a connection.</summary>
internal sealed record TlsPolicy
{
    public static readonly TlsPolicy None = new() { Level = TlsLevel.None };

    public required TlsLevel Level { get; init; }

    public string Protocols { get; init; } = "";

    public string CipherGrade { get; init; } = "medium";

    public string Exclusions { get; init; } = "";

    /// <summary>Names, and <c>.parents</c>, of which the certificate must have one; or fingerprints. Separated by <c>:</c> as written, already resolved.</summary>
    public IReadOnlyList<string> Matches { get; init; } = [];

    /// <summary>SNI; empty for none.</summary>
    public string ServerName { get; init; } = "";

    public IReadOnlyList<string> TrustAnchorFiles { get; init; } = [];

    public IReadOnlyList<DnsTlsaRecord> Tlsa { get; init; } = [];

    /// <summary>The name the TLSA records belong to.</summary>
    public string TlsaDomain { get; init; } = "";

    /// <summary>The server is asked for its bare key, where no names are looked at.</summary>
    public bool PrefersRawKeys { get; init; }

    public bool AllowsConnectionReuse { get; init; }

    /// <summary>
    /// The names of which the certificate ought to have one for an MTA-STS policy in testing mode: what is wrong is reported, and nothing else.
    /// </summary>
    public IReadOnlyList<string> TestedNames { get; init; } = [];

    /// <summary>Result type of an MTA-STS policy that failed ahead of the session (policy_failure of a plug-in): no certificate is good enough. Empty for none.</summary>
    public string StsFailure { get; init; } = "";

    /// <summary>Authenticate against the system's CAs when no others are configured: MTA-STS speaks of the Web's (RFC 8461 §4.1).</summary>
    public bool TrustsSystemCas { get; init; }

    /// <summary>The policy as a TLS report has it; null when nobody is told.</summary>
    public TlsReportPolicy? Report { get; init; }

    /// <summary>Part of the key of kept connections.</summary>
    public string ReuseKey => Level == TlsLevel.None ? "" : $"|{Level}|{Protocols}|{CipherGrade}|{Exclusions}|{string.Join(',', Matches)}|{ServerName}|{string.Join(',', TrustAnchorFiles)}|{TlsaDomain}|{string.Join(',', TestedNames)}|{PrefersRawKeys}|{StsFailure}";
}
