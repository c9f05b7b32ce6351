using Estafeta.Net.Dns;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// The TLS policy for a destination and one of its servers: smtp_tls_policy_maps by next hop, the old smtp_tls_per_site, else the parameters;
/// then what DANE makes of it. A table or look-up in trouble makes the mail wait: it never lowers the level.
/// </summary>
internal sealed class TlsPolicyFinder(ClientTlsSettings settings, MapList policies, MapList perSite, DaneLookup? dane, IMailLog log)
{
    private static readonly SessionFailure Misconfigured = SessionFailure.Local("4.7.5", "client TLS configuration problem", true);

    public async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> FindAsync(
        Destination destination, ServerLookup lookup, ServerAddress server, CancellationToken cancellationToken)
    {
        var found = await EntryAsync(destination, server, cancellationToken);
        if (found.Failure != null)
        {
            return (null, found.Failure);
        }

        var entry = found.Entry;
        if (entry.Level == TlsLevel.None && !settings.IsWrapped)
        {
            return (TlsPolicy.None, null);
        }

        if (entry.MxHostPatterns.Count > 0 && !entry.MxHostPatterns.Any(pattern => MatchesHost(pattern, server.HostName)))
        {
            return (null, SessionFailure.Local("4.7.5", $"MX host {server.HostName} does not match the MTA-STS policy", true));
        }

        var policy = Complete(entry, destination, server);
        return policy.Level.IsDane() && dane != null
            ? await dane.ApplyAsync(policy, destination, lookup, server, cancellationToken)
            : policy.Level.IsDane() ? WithoutDane(policy, destination) : (policy, null);
    }

    internal static bool MatchesHost(string pattern, string host) =>
        pattern.StartsWith("*.", StringComparison.Ordinal)
            ? host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && host.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
            : host.Equals(pattern, StringComparison.OrdinalIgnoreCase);

    private async ValueTask<(TlsPolicyEntry Entry, SessionFailure? Failure)> EntryAsync(Destination destination, ServerAddress server, CancellationToken cancellationToken)
    {
        var global = new TlsPolicyEntry(settings.Level);
        if (policies.IsEmpty)
        {
            return perSite.IsEmpty ? (global, null) : await PerSiteAsync(global, destination, server, cancellationToken);
        }

        var key = destination.Text.ToLowerInvariant();
        var isDomain = destination.UsesMx && destination.Service.Length == 0;
        while (true)
        {
            var result = await policies.LookupAsync(key, cancellationToken);
            if (result.IsTrouble)
            {
                log.Warning($"{policies.ParameterName}: lookup error for {key}");
                return (global, SessionFailure.Local("4.7.5", "Temporary lookup error", true));
            }

            if (result.IsFound)
            {
                var entry = TlsPolicyReader.Read(result.Value ?? "", out var error);
                if (entry == null)
                {
                    log.Warning($"{policies.ParameterName}, next-hop destination \"{key}\": {error}");
                    return (global, Misconfigured);
                }

                return (entry, null);
            }

            // Parents (".example.com") only for recipient domains, never for next hops somebody wrote down.
            var dot = key.IndexOf('.', 1);
            if (!isDomain || dot < 0)
            {
                return (global, null);
            }

            key = key[dot..];
        }
    }

    private async ValueTask<(TlsPolicyEntry Entry, SessionFailure? Failure)> PerSiteAsync(
        TlsPolicyEntry global, Destination destination, ServerAddress server, CancellationToken cancellationToken)
    {
        TlsLevel? site = null;
        foreach (var key in (string[])[server.HostName, destination.Text])
        {
            var result = await perSite.LookupAsync(key.ToLowerInvariant(), cancellationToken);
            if (result.IsTrouble)
            {
                return (global, SessionFailure.Local("4.7.5", "Temporary lookup error", true));
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
                return (global, Misconfigured);
            }

            // "None" is final; otherwise the stricter of the two.
            site = level == TlsLevel.None || site == TlsLevel.None ? TlsLevel.None : (TlsLevel?)Math.Max((int)(site ?? 0), (int)(level ?? 0)) is var max && max > 0 ? max : site;
        }

        return (site is { } chosen ? new TlsPolicyEntry(chosen) : global, null);
    }

    private TlsPolicy Complete(TlsPolicyEntry entry, Destination destination, ServerAddress server)
    {
        var level = settings.IsWrapped && !entry.Level.RequiresTls() ? TlsLevel.Encrypt : entry.Level;
        var isMandatory = level.RequiresTls();
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
            Matches = level == TlsLevel.Fingerprint ? Fingerprints(matches, entry.Matches != null) : Names(matches, destination, server),
            ServerName = SniName(entry.ServerName ?? settings.ServerName, destination, server),
            TrustAnchorFiles = entry.TrustAnchorFiles.Count > 0 ? entry.TrustAnchorFiles : settings.TrustAnchorFiles,
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
