using Estafeta.Net.MtaSts;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// The TLS policy for a destination and one of its servers: smtp_tls_policy_maps by next hop, the old smtp_tls_per_site, else the parameters;
/// then what DANE and, where DANE says nothing, MTA-STS make of it. A table or look-up in trouble makes the mail wait: it never lowers the level.
/// </summary>
internal sealed class TlsPolicyFinder(
    ClientTlsSettings settings, MapList policies, MapList perSite, DaneLookup? dane, StsLookup? sts, TlsReporter? reporter, IMailLog log)
{
    private readonly record struct FoundEntry(TlsPolicyEntry Entry, SessionFailure? Failure = null)
    {
        public bool IsFromTable { get; init; }
    }

    private static readonly SessionFailure Misconfigured = SessionFailure.Local("4.7.5", "client TLS configuration problem", true);

    /// <summary>The level fingerprint makes sense without fingerprints: who looks wants to see them.</summary>
    public bool NeedsNoFingerprints { get; init; }

    /// <param name="isTlsOptional">The message says <c>TLS-Required: No</c>: nobody's policy keeps it (RFC 8689 §4.1).</param>
    public async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> FindAsync(
        Destination destination, ServerLookup lookup, ServerAddress server, bool isTlsOptional, CancellationToken cancellationToken)
    {
        var found = await EntryAsync(destination, server, cancellationToken);
        if (found.Failure != null)
        {
            return (null, found.Failure);
        }

        var entry = found.Entry;
        if (isTlsOptional && entry.Level > TlsLevel.May)
        {
            return (Complete(new TlsPolicyEntry(TlsLevel.May), destination, server), null);
        }

        if (entry.Level == TlsLevel.None && !settings.IsWrapped)
        {
            return (TlsPolicy.None, null);
        }

        if (settings.EnforcesStsMxPatterns
            && entry.MxHostPatterns.Count > 0
            && !entry.MxHostPatterns.Any(pattern => StsPolicy.Matches(pattern, server.HostName)))
        {
            return (null, SessionFailure.Local("4.7.5", $"MX host {server.HostName} does not match the MTA-STS policy", true));
        }

        var domain = StsLookup.DomainOf(destination);
        var policy = Complete(entry, destination, server) with { Report = Report(entry, domain) };
        if (policy is { Level: TlsLevel.Fingerprint, Matches.Count: 0 } && !NeedsNoFingerprints)
        {
            log.Warning($"nexthop domain {destination.Text}: configured at fingerprint security level, but with no fingerprints to match.");
            return (null, Misconfigured);
        }

        if (policy.Level.IsDane())
        {
            var (daned, failure) = dane != null
                ? await dane.ApplyAsync(policy, destination, lookup, server, cancellationToken)
                : WithoutDane(policy, destination);
            if (daned == null)
            {
                await ReportAsync(policy, server, "dane-required", failure, cancellationToken);
                return (null, failure);
            }

            policy = daned;
        }

        // What an administrator wrote for this destination stands, and what the domain says by DANE (RFC 8461 §2).
        return sts != null && domain != null && !found.IsFromTable && !isTlsOptional && policy.Level <= TlsLevel.Encrypt && policy.Tlsa.Count == 0
            ? await ApplyStsAsync(policy, domain, server, cancellationToken)
            : (policy, null);
    }

    private async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> ApplyStsAsync(
        TlsPolicy policy, string domain, ServerAddress server, CancellationToken cancellationToken)
    {
        var (finding, failure) = await sts!.FindAsync(domain, cancellationToken); // the caller has looked
        if (finding?.Policy == null)
        {
            if (finding?.Failure.Length > 0 && policy.Report != null)
            {
                await ReportAsync(policy with { Report = TlsReportPolicy.Sts(domain, null) }, null, finding.Failure, SessionFailure.Local("4.7.5", finding.Detail), cancellationToken);
            }

            return (failure == null ? policy : null, failure);
        }

        var applied = sts.Apply(policy, finding.Policy, domain, server);
        if (applied.Failure != null)
        {
            await ReportAsync(applied.Policy, server, "validation-failure", applied.Failure, cancellationToken);
            return (null, applied.Failure);
        }

        return applied;
    }

    private ValueTask ReportAsync(TlsPolicy policy, ServerAddress? server, string resultType, SessionFailure? failure, CancellationToken cancellationToken) =>
        reporter?.WithoutSessionAsync(policy, server, resultType, failure?.Status.Reason ?? "", cancellationToken) ?? ValueTask.CompletedTask;

    // An entry of a policy plug-in may come with the STS policy it was made from (3.10).
    private TlsReportPolicy? Report(TlsPolicyEntry entry, string? domain) =>
        !settings.Reports || domain == null ? null
            : entry.PolicyType == "sts"
                ? new TlsReportPolicy(entry.PolicyDomain.Length > 0 ? entry.PolicyDomain : domain, "sts", entry.PolicyStrings, entry.MxHostPatterns)
                : TlsReportPolicy.None(domain);

    private async ValueTask<FoundEntry> EntryAsync(Destination destination, ServerAddress server, CancellationToken cancellationToken)
    {
        var global = new TlsPolicyEntry(settings.Level);
        if (policies.IsEmpty)
        {
            return perSite.IsEmpty ? new FoundEntry(global) : await PerSiteAsync(global, destination, server, cancellationToken);
        }

        var key = destination.Text.ToLowerInvariant();
        var isDomain = destination.UsesMx && destination.Service.Length == 0;
        while (true)
        {
            var result = await policies.LookupAsync(key, cancellationToken);
            if (result.IsTrouble)
            {
                log.Warning($"{policies.ParameterName}: lookup error for {key}");
                return new FoundEntry(global, SessionFailure.Local("4.7.5", "Temporary lookup error", true));
            }

            if (result.IsFound)
            {
                var entry = TlsPolicyReader.Read(result.Value ?? "", out var complaint);
                if (complaint.Length > 0)
                {
                    log.Warning($"{policies.ParameterName}, next-hop destination \"{key}\": {complaint}");
                }

                if (entry == null)
                {
                    return new FoundEntry(global, Misconfigured);
                }

                return new FoundEntry(entry) { IsFromTable = true };
            }

            // Parents (".example.com") only for recipient domains, never for next hops somebody wrote down.
            var dot = key.IndexOf('.', 1);
            if (!isDomain || dot < 0)
            {
                return new FoundEntry(global);
            }

            key = key[dot..];
        }
    }

    private async ValueTask<FoundEntry> PerSiteAsync(
        TlsPolicyEntry global, Destination destination, ServerAddress server, CancellationToken cancellationToken)
    {
        TlsLevel? site = null;
        foreach (var key in (string[])[server.HostName, destination.Text])
        {
            var result = await perSite.LookupAsync(key.ToLowerInvariant(), cancellationToken);
            if (result.IsTrouble)
            {
                return new FoundEntry(global, SessionFailure.Local("4.7.5", "Temporary lookup error", true));
            }

            TlsLevel? level = !result.IsFound ? null : result.Value?.ToUpperInvariant() switch
            {
                "NONE" => TlsLevel.None,
                "MAY" => TlsLevel.May,
                "MUST_NOPEERMATCH" => TlsLevel.Encrypt,
                "MUST" => settings.EnforcesPeerName ? TlsLevel.Verify : TlsLevel.Encrypt,
                _ => null,
            };
            if (result.IsFound && level == null)
            {
                log.Warning($"{perSite.ParameterName}: unknown TLS policy '{result.Value}' for {key}");
                return new FoundEntry(global, Misconfigured);
            }

            // "None" is final; otherwise the stricter of the two.
            site = level == TlsLevel.None || site == TlsLevel.None ? TlsLevel.None : (TlsLevel?)Math.Max((int)(site ?? 0), (int)(level ?? 0)) is var max && max > 0 ? max : site;
        }

        return site is { } chosen ? new FoundEntry(new TlsPolicyEntry(chosen)) { IsFromTable = true } : new FoundEntry(global);
    }

    private TlsPolicy Complete(TlsPolicyEntry entry, Destination destination, ServerAddress server)
    {
        var level = settings.IsWrapped && !entry.Level.RequiresTls() ? TlsLevel.Encrypt : entry.Level;
        var isMandatory = level.RequiresTls();
        if (level == TlsLevel.Fingerprint && settings.OldFingerprintDefault is { } digest)
        {
            log.Info($"using backwards-compatible default setting {digest}=md5 to compute certificate fingerprints");
        }

        var matches = entry.Matches ?? level switch
        {
            TlsLevel.Verify => settings.VerifyMatch,
            TlsLevel.Secure => settings.SecureMatch,
            TlsLevel.Fingerprint => settings.FingerprintMatch,
            _ => "",
        };
        return new TlsPolicy
        {
            Level = level,
            Protocols = entry.Protocols ?? (isMandatory ? settings.MandatoryProtocols : settings.Protocols),
            CipherGrade = entry.Ciphers ?? (isMandatory ? settings.MandatoryCiphers : settings.Ciphers),
            Exclusions = entry.Exclusions
                ?? (isMandatory ? $"{settings.ExcludedCiphers} {settings.MandatoryExcludedCiphers}" : settings.ExcludedCiphers),
            StsFailure = entry.PolicyFailure,
            Matches = settings.EnforcesStsMxPatterns && entry.MxHostPatterns.Count > 0 ? [server.HostName]
                : level == TlsLevel.Fingerprint ? Fingerprints(matches, entry.Matches != null) : Names(matches, destination, server),
            ServerName = SniName(entry.ServerName ?? settings.ServerName, destination, server),
            TrustAnchorFiles = entry.TrustAnchorFiles.Count > 0 ? entry.TrustAnchorFiles : settings.TrustAnchorFiles,
            PrefersRawKeys = entry.PrefersRawKeys ?? settings.PrefersRawKeys,
            AllowsConnectionReuse = entry.ConnectionReuse ?? settings.AllowsConnectionReuse,
        };
    }

    // In a policy a "|" separates fingerprints, which are full of colons; the parameter has blanks and commas.
    private IReadOnlyList<string> Fingerprints(string text, bool isFromPolicy)
    {
        var all = isFromPolicy ? text + " " + settings.FingerprintMatch : text;
        return [.. all.Split((char[])['|', ' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.ToUpperInvariant())];
    }

    private static List<string> Names(string patterns, Destination destination, ServerAddress server)
    {
        var names = new List<string>();
        foreach (var pattern in patterns.Split((char[])[':', ' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            names.Add(pattern.ToLowerInvariant() switch
            {
                "hostname" => server.HostName,
                "nexthop" => destination.Host,
                "dot-nexthop" => "." + destination.Host,
                _ => pattern,
            });
        }

        return names;
    }

    private static string SniName(string name, Destination destination, ServerAddress server) => name.ToLowerInvariant() switch
    {
        "hostname" => server.HostName,
        "nexthop" => destination.Host,
        _ => name,
    };

    private (TlsPolicy? Policy, SessionFailure? Failure) WithoutDane(TlsPolicy policy, Destination destination)
    {
        log.Warning($"{destination.Text}: DANE is not possible: smtp_dns_support_level is not dnssec or smtp_host_lookup is not dns");
        return policy.Level == TlsLevel.DaneOnly ? (null, Misconfigured) : (policy with { Level = TlsLevel.May }, null);
    }
}
