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

    public bool AllowsConnectionReuse { get; init; }

    /// <summary>Part of the key of kept connections.</summary>
    public string ReuseKey => Level == TlsLevel.None ? "" : $"|{Level}|{Protocols}|{CipherGrade}|{Exclusions}|{string.Join(',', Matches)}|{ServerName}|{string.Join(',', TrustAnchorFiles)}|{TlsaDomain}";
}
