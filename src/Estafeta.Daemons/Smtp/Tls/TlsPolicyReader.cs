using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// An entry of smtp_tls_policy_maps: a level, then attributes: <c>secure match=.example.com servername=hostname</c>. Values with blanks stand
/// in braces: <c>{ name = value }</c>.
/// </summary>
internal static class TlsPolicyReader
{
    /// <summary>Null with a reason when the entry cannot be used; mail for the destination then waits. An entry with a reason is only complained about.</summary>
    public static TlsPolicyEntry? Read(string text, out string complaint)
    {
        var words = Split(text);
        if (words.Count == 0 || TlsLevels.Find(words[0]) is not { } level)
        {
            complaint = $"invalid security level \"{(words.Count == 0 ? "" : words[0])}\"";
            return null;
        }

        var entry = new TlsPolicyEntry(level);
        if (level == TlsLevel.None)
        {
            complaint = words.Count > 1 ? $"ignoring attribute \"{words[1]}\" with TLS disabled" : "";
            return entry;
        }

        foreach (var word in words.Skip(1))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                complaint = $"malformed attribute/value pair \"{word}\": {(equals < 0 ? "missing '=' after attribute name" : "missing attribute name")}";
                return null;
            }

            var name = word[..equals].Trim();
            var value = word[(equals + 1)..].Trim();
            if (Objection(entry, name, value) is { } objection)
            {
                complaint = objection;
                return null;
            }

            entry = Apply(entry, name, value);
        }

        complaint = "";
        return entry;
    }

    // In Postfix's words, and in its order where two things are wrong.
    private static string? Objection(TlsPolicyEntry entry, string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case "match":
                return value.Length == 0 ? IsEmpty(name) : entry.Level is TlsLevel.Fingerprint or TlsLevel.Verify or TlsLevel.Secure ? null : IsInvalid(entry, name);
            case "tafile":
                return entry.Level is not (TlsLevel.Verify or TlsLevel.Secure) ? IsInvalid(entry, name) : value.Length == 0 ? IsEmpty(name) : null;
            case "servername":
                return entry.ServerName != null ? IsRepeated(name) : DnsName.IsHostName(value) ? null : $"\"{name}={value}\" specifies an invalid hostname";
            case "protocols":
                return entry.Protocols != null ? IsRepeated(name) : null;
            case "ciphers":
                return value.Length == 0 ? IsEmpty(name) : entry.Ciphers != null ? IsRepeated(name) : null;
            case "exclude":
                return entry.Exclusions != null ? IsRepeated(name) : null;
            case "connection_reuse" or "enable_rpk":
                return value is "yes" or "no" ? null : HasBadValue(name, value);
            case "policy_failure":
                return value is "sts-policy-fetch-error" or "sts-policy-invalid" or "sts-webpki-invalid" or "validation-failure" ? null : HasBadValue(name, value);
            case "policy_type" or "policy_domain" or "policy_string" or "policy_ttl" or "mx_host_pattern":
                return null;
            default:
                return $"invalid attribute name: \"{name}\"";
        }
    }

    private static string IsEmpty(string name) => $"attribute \"{name}\" has empty value";

    private static string IsRepeated(string name) => $"attribute \"{name}\" is specified multiple times";

    private static string IsInvalid(TlsPolicyEntry entry, string name) => $"attribute \"{name}\" invalid at security level \"{entry.Level.Name()}\"";

    private static string HasBadValue(string name, string value) => $"attribute \"{name}\" has bad value: \"{value}\"";

    // What ciphers and protocols mean is looked at when a session begins.
    private static TlsPolicyEntry Apply(TlsPolicyEntry entry, string name, string value) => name.ToLowerInvariant() switch
    {
        "protocols" => entry with { Protocols = value },
        "ciphers" => entry with { Ciphers = value },
        "exclude" => entry with { Exclusions = value },
        "match" => entry with { Matches = entry.Matches == null ? value : entry.Matches + ":" + value },
        "servername" => entry with { ServerName = value },
        "tafile" => entry with { TrustAnchorFiles = [.. entry.TrustAnchorFiles, value] },
        "connection_reuse" => entry with { ConnectionReuse = value == "yes" },
        "enable_rpk" => entry with { PrefersRawKeys = value == "yes" },
        "policy_type" => entry with { PolicyType = value.ToLowerInvariant() },
        "policy_domain" => entry with { PolicyDomain = value },
        "policy_string" => entry with { PolicyStrings = [.. entry.PolicyStrings, value] },
        "mx_host_pattern" => entry with { MxHostPatterns = [.. entry.MxHostPatterns, value] },
        "policy_failure" => entry with { PolicyFailure = value },
        _ => entry, // policy_ttl: the plug-in's own affair
    };

    private static List<string> Split(string text)
    {
        var words = new List<string>();
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] is ' ' or '\t' or ',' or '\r' or '\n')
            {
                at++;
            }
            else if (text[at] == '{')
            {
                var close = text.IndexOf('}', at);
                close = close < 0 ? text.Length : close;
                words.Add(text[(at + 1)..close].Trim());
                at = close + 1;
            }
            else
            {
                var end = text.AsSpan(at).IndexOfAny(" \t,\r\n");
                end = end < 0 ? text.Length : at + end;
                words.Add(text[at..end]);
                at = end;
            }
        }

        return words;
    }
}

/// <summary>What an entry says; null where it leaves the parameters' value.</summary>
internal sealed record TlsPolicyEntry(TlsLevel Level)
{
    public string? Protocols { get; init; }

    public string? Ciphers { get; init; }

    public string? Exclusions { get; init; }

    /// <summary>Patterns between colons.</summary>
    public string? Matches { get; init; }

    public string? ServerName { get; init; }

    public IReadOnlyList<string> TrustAnchorFiles { get; init; } = [];

    public bool? ConnectionReuse { get; init; }

    /// <summary>enable_rpk (3.9).</summary>
    public bool? PrefersRawKeys { get; init; }

    /// <summary><c>sts</c>, or empty: what the entry was made from (3.10).</summary>
    public string PolicyType { get; init; } = "";

    public string PolicyDomain { get; init; } = "";

    public IReadOnlyList<string> PolicyStrings { get; init; } = [];

    /// <summary>Result type of an MTA-STS policy that failed: the server shall not count as verified.</summary>
    public string PolicyFailure { get; init; } = "";

    /// <summary>mx: patterns of an MTA-STS policy; the server's name must match one.</summary>
    public IReadOnlyList<string> MxHostPatterns { get; init; } = [];
}
