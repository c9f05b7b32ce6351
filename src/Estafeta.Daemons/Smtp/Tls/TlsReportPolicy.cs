using Estafeta.Net.MtaSts;
using Estafeta.Net.TlsReporting;

namespace Estafeta.Daemons.Smtp;

/// <summary>Which policy of which domain a session is about, for TLS reports (RFC 8460 §4.4).</summary>
internal sealed record TlsReportPolicy(string Domain, string Type, IReadOnlyList<string> Strings, IReadOnlyList<string> MxHosts)
{
    public static TlsReportPolicy None(string domain) => new(domain, "no-policy-found", [], []);

    public static TlsReportPolicy Sts(string domain, StsPolicy? policy) => new(domain, "sts", policy?.Lines ?? [], policy?.MxPatterns ?? []);

    public static TlsReportPolicy Tlsa(string domain, string host, IEnumerable<string> records) => new(domain, "tlsa", [.. records], [host]);

    public TlsOutcome Outcome(ServerAddress? server, string resultType) => new()
    {
        Domain = Domain,
        PolicyType = Type,
        PolicyStrings = Strings,
        MxHosts = MxHosts,
        ResultType = resultType,
        ReceivingHost = server?.HostName ?? "",
        ReceivingAddress = server?.EndPoint?.Address.ToString() ?? "",
    };
}
