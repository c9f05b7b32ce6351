using System.Globalization;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// DANE for SMTP (RFC 7672): with validated MX and address records, the validated TLSA records of the server decide. No such records:
/// opportunistic TLS, or for dane-only no delivery. Records that cannot be used (wrong usage): encryption without authentication.
/// A look-up in trouble never lowers anything.
/// </summary>
internal sealed class DaneLookup(ClientTlsSettings settings, DnsResolver resolver, IMailLog log)
{
    private const string NoRecords = "no TLSA records found";

    public async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> ApplyAsync(
        TlsPolicy policy, Destination destination, ServerLookup lookup, ServerAddress server, CancellationToken cancellationToken)
    {
        var isMandatory = policy.Level == TlsLevel.DaneOnly;
        if (server.EndPoint == null)
        {
            return Without(policy, isMandatory, "non-TCP destination");
        }

        if (DomainName.TryParseIPv4(server.HostName, out _) || DomainName.TryParseIPv6(server.HostName, out _))
        {
            return Without(policy, isMandatory, NoRecords);
        }

        var isMxSecure = !destination.UsesMx || lookup.MxDomain.Length == 0 || lookup.IsMxAuthentic;
        if (!isMxSecure && (isMandatory || settings.InsecureMxLevel == TlsLevel.May))
        {
            return Without(policy, isMandatory, "non DNSSEC destination");
        }

        if (!server.IsHostAuthentic && !settings.LooksUpTlsaOfInsecureHosts)
        {
            return Without(policy, isMandatory, "non DNSSEC destination");
        }

        // RFC 7672 §2.2.2: where the CNAMEs lead, then the name itself.
        foreach (var host in new[] { server.CanonicalName, server.HostName }.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"_{server.EndPoint.Port}._tcp.{host}");
            var answer = await resolver.QueryAsync(name, DnsRecordType.TLSA, cancellationToken, dnssecOk: true);
            if (answer.IsFound && answer.IsAuthentic)
            {
                var found = WithRecords(policy, isMandatory, Names(destination, lookup, host), host, answer);
                return isMxSecure || found.Policy is not { Level: TlsLevel.Dane } dane
                    ? found
                    : settings.InsecureMxLevel == TlsLevel.Encrypt ? (policy with { Level = TlsLevel.Encrypt }, null)
                    : (dane with { Level = TlsLevel.HalfDane }, null);
            }

            if (answer.Outcome is not (DnsOutcome.Found or DnsOutcome.NotFound or DnsOutcome.NoData))
            {
                log.Warning($"DANE TLSA lookup problem: {answer.Reason}");
                return (null, SessionFailure.Local("4.7.5", string.Create(CultureInfo.InvariantCulture, $"TLSA lookup error for {host}:{server.EndPoint.Port}"), true));
            }
        }

        return Without(policy, isMandatory, NoRecords);
    }

    private (TlsPolicy? Policy, SessionFailure? Failure) WithRecords(
        TlsPolicy policy, bool isMandatory, IReadOnlyList<string> names, string host, DnsAnswer answer)
    {
        // RFC 7672 §3.1: usages 2 and 3 only; matching types we cannot compute are unusable too.
        var usable = Preferred(answer.Records.OfType<DnsTlsaRecord>().Where(IsUsable));
        if (usable.Count > 0)
        {
            var report = policy.Report == null ? null : TlsReportPolicy.Tlsa(policy.Report.Domain, host, usable.Select(Text));
            return (policy with { Tlsa = usable, TlsaDomain = host, ServerName = host, Matches = names, Report = report }, null);
        }

        return isMandatory
            ? (null, SessionFailure.Local("4.7.5", "no usable TLSA records", true))
            : (policy with { Level = TlsLevel.Encrypt }, null);
    }

    private static string Text(DnsTlsaRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{record.Usage} {record.Selector} {record.MatchingType} {Convert.ToHexString(record.Association.Span)}");

    // RFC 7672 §3.2.2: names a DANE-TA certificate may bear.
    private static List<string> Names(Destination destination, ServerLookup lookup, string host)
    {
        var names = new List<string> { host };
        if (lookup.MxDomain.Length > 0 && lookup.IsMxAuthentic)
        {
            names.Add(destination.Host);
            names.Add(lookup.MxDomain);
        }

        return names;
    }

    // RFC 7672 §5: of records that differ only in their digest, those of the best count. Whole certificates and keys (0) always do.
    private List<DnsTlsaRecord> Preferred(IEnumerable<DnsTlsaRecord> records) =>
    [
        .. records.GroupBy(record => (record.Usage, record.Selector)).SelectMany(group =>
        {
            var best = settings.DaneDigests.FirstOrDefault(type => group.Any(record => record.MatchingType == type));
            return group.Where(record => record.MatchingType == 0 || record.MatchingType == best);
        }),
    ];

    private static bool IsUsable(DnsTlsaRecord record) =>
        record is { Usage: 2 or 3, Selector: 0 or 1 } && record.MatchingType switch
        {
            0 => record.Association.Length > 0,
            1 => record.Association.Length == 32,
            2 => record.Association.Length == 64,
            _ => false,
        };

    private static (TlsPolicy? Policy, SessionFailure? Failure) Without(TlsPolicy policy, bool isMandatory, string reason) => isMandatory
        ? (null, SessionFailure.Local("4.7.5", reason, true))
        : (policy with { Level = TlsLevel.May }, null);
}
