using Estafeta.Configuration;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// An entry of smtp_tls_policy_maps: a level, then attributes: <c>secure match=.example.com servername=hostname</c>. Values with blanks stand
/// in braces: <c>{ name = value }</c>.
/// </summary>
internal static class TlsPolicyReader
{
    /// <summary>Null with a reason when the entry cannot be used; mail for the destination then waits.</summary>
    public static TlsPolicyEntry? Read(string text, out string error)
    {
        error = "";
        var words = Split(text);
        if (words.Count == 0 || TlsLevels.Find(words[0]) is not { } level)
        {
            error = $"invalid security level \"{(words.Count == 0 ? "" : words[0])}\"";
            return null;
        }

        var entry = new TlsPolicyEntry(level);
        foreach (var word in words.Skip(1))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? word : word[..equals]).Trim().ToLowerInvariant();
            var value = equals < 0 ? "" : word[(equals + 1)..].Trim();
            if (equals < 0 || Apply(entry, name, value) is not { } next)
            {
                error = $"malformed or unknown attribute/value pair \"{word}\"";
                return null;
            }

            if (level == TlsLevel.None)
            {
                error = "invalid attribute/value pair for level \"none\": " + word;
                return null;
            }

            entry = next;
        }

        return entry;
    }

    private static TlsPolicyEntry? Apply(TlsPolicyEntry entry, string name, string value) => name switch
    {
        "protocols" => IsValidProtocols(value) ? entry with { Protocols = value } : null,
        "ciphers" => TlsCipherGrades.IsGrade(value) ? entry with { Ciphers = value } : null,
        "exclude" => entry with { Exclusions = value },
        "match" => value.Length > 0 ? entry with { Matches = entry.Matches == null ? value : entry.Matches + ":" + value } : null,
        "servername" => entry with { ServerName = value },
        "tafile" => entry with { TrustAnchorFiles = [.. entry.TrustAnchorFiles, value] },
        "connection_reuse" => value is "yes" or "no" ? entry with { ConnectionReuse = value == "yes" } : null,
        "enable_rpk" => value is "yes" or "no" ? entry with { PrefersRawKeys = value == "yes" } : null,
        "policy_type" => entry with { PolicyType = value.ToLowerInvariant() },
        "policy_domain" => entry with { PolicyDomain = value },
        "policy_string" => entry with { PolicyStrings = [.. entry.PolicyStrings, value] },
        "mx_host_pattern" => entry with { MxHostPatterns = [.. entry.MxHostPatterns, value] },
        "policy_failure" => value is "sts-policy-fetch-error" or "sts-policy-invalid" or "sts-webpki-invalid" or "validation-failure"
            ? entry with { PolicyFailure = value } : null,
        "policy_ttl" => entry, // the plug-in's own affair
        _ => null,
    };

    private static bool IsValidProtocols(string value)
    {
        try
        {
            _ = TlsProtocols.Parse("protocols", value);
            return true;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

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
