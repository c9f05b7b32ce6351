using System.Collections.Concurrent;
using Estafeta.Net.MtaSts;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// MTA-STS (RFC 8461 §5) on top of a policy that demands less: in enforce mode a server has to be one of the policy's hosts and to prove its
/// name; in testing mode it is tried and reported. tlsmgr keeps the policies; what it says is believed here for a minute. When it cannot be
/// asked, the mail waits.
/// </summary>
internal sealed class StsLookup(ClientTlsSettings settings, ITlsManager manager, IMailLog log, TimeProvider time)
{
    private const int MaximumKept = 10_000;

    private static readonly TimeSpan KeepTime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (StsFinding Finding, long At)> _kept = new(StringComparer.Ordinal);

    /// <summary>The policy of the destination, as domains have it: null for a host somebody wrote down.</summary>
    public static string? DomainOf(Destination destination) =>
        destination.UsesMx ? destination.AsciiHost.ToLowerInvariant().TrimEnd('.') : null;

    public async ValueTask<(StsFinding? Finding, SessionFailure? Failure)> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(domain, out var kept) && time.GetElapsedTime(kept.At) < KeepTime)
        {
            return (kept.Finding, null);
        }

        try
        {
            var finding = await manager.FindPolicyAsync(domain, cancellationToken);
            if (_kept.Count >= MaximumKept)
            {
                _kept.Clear();
            }

            _kept[domain] = (finding, time.GetTimestamp());
            return (finding, null);
        }
        catch (IOException e)
        {
            log.Warning($"MTA-STS policy of {domain}: {e.Message}");
            return (null, SessionFailure.Local("4.7.5", "MTA-STS policy lookup error", true));
        }
    }

    /// <summary>The policy made stricter; a failure for a server the domain does not name.</summary>
    public (TlsPolicy Policy, SessionFailure? Failure) Apply(TlsPolicy policy, StsPolicy sts, string domain, ServerAddress server)
    {
        var isCovered = sts.Covers(server.HostName);
        var reported = policy with { Report = settings.Reports ? TlsReportPolicy.Sts(domain, sts) : null };
        if (sts.Mode == StsMode.Testing)
        {
            if (!isCovered)
            {
                log.Info($"MTA-STS policy of {domain} (testing) does not cover MX host {server.HostName}");
            }

            // The name that no certificate can have stands for a host the policy does not cover.
            return (reported with { TestedNames = [isCovered ? server.HostName : ".invalid"], TrustsSystemCas = true, ServerName = Sni(policy, server) }, null);
        }

        return isCovered
            ? (reported with
            {
                Level = TlsLevel.Secure,
                Matches = [server.HostName],
                ServerName = server.HostName,
                TrustsSystemCas = true,
                Protocols = settings.MandatoryProtocols,
                CipherGrade = settings.MandatoryCiphers,
                Exclusions = $"{settings.ExcludedCiphers} {settings.MandatoryExcludedCiphers}",
            }, null)
            : (reported, SessionFailure.Local("4.7.5", $"MX host {server.HostName} is not in the MTA-STS policy of {domain}", true));
    }

    private static string Sni(TlsPolicy policy, ServerAddress server) => policy.ServerName.Length > 0 ? policy.ServerName : server.HostName;
}
