using System.Globalization;
using Estafeta.Net.Dns;

namespace Estafeta.Net.MtaSts;

public enum StsMode
{
    /// <summary>The domain has withdrawn its policy.</summary>
    None,

    /// <summary>Tell the domain what would fail, and deliver all the same.</summary>
    Testing,
    Enforce,
}

/// <summary>What a domain says about its mail servers (RFC 8461 §3.2). Immutable.</summary>
public sealed record StsPolicy(StsMode Mode, TimeSpan MaxAge, IReadOnlyList<string> MxPatterns, string Text)
{
    /// <summary>RFC 8461 §3.2: about a year.</summary>
    private const long MaximumAgeSeconds = 31557600;

    /// <summary>The lines of the policy, for reports.</summary>
    public IReadOnlyList<string> Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Null with a reason when the text is no policy.</summary>
    public static StsPolicy? Parse(string text, out string error)
    {
        string? version = null;
        string? mode = null;
        string? age = null;
        var patterns = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            // Of a field that must not repeat the first one counts.
            var value = line[(colon + 1)..].Trim(' ', '\t', '\r');
            switch (line[..colon].Trim(' ', '\t'))
            {
                case "version":
                    version ??= value;
                    break;
                case "mode":
                    mode ??= value;
                    break;
                case "max_age":
                    age ??= value;
                    break;
                case "mx":
                    patterns.Add(value.TrimEnd('.').ToLowerInvariant());
                    break;
            }
        }

        error = "";
        StsMode? parsedMode = mode switch
        {
            "enforce" => StsMode.Enforce,
            "testing" => StsMode.Testing,
            "none" => StsMode.None,
            _ => null,
        };
        if (version != "STSv1")
        {
            error = "version is not STSv1";
        }
        else if (parsedMode == null)
        {
            error = "mode is missing or unknown";
        }
        else if (!long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            error = "max_age is missing or no number";
        }
        else if (parsedMode != StsMode.None && patterns.Count == 0)
        {
            error = "no mx";
        }
        else if (patterns.Find(pattern => !DnsName.IsHostName(pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[2..] : pattern)) is { } bad)
        {
            error = $"mx is no host name: {bad}";
        }

        return error.Length > 0
            ? null
            : new StsPolicy(
                parsedMode ?? StsMode.None,
                TimeSpan.FromSeconds(Math.Min(long.Parse(age!, CultureInfo.InvariantCulture), MaximumAgeSeconds)), // parsed above
                patterns,
                text);
    }

    /// <summary>One of the patterns covers the host; <c>*.</c> stands for exactly one label (RFC 8461 §4.1).</summary>
    public bool Covers(string mxHost)
    {
        var host = mxHost.AsSpan().TrimEnd('.');
        foreach (var pattern in MxPatterns)
        {
            if (Matches(pattern, host))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One pattern against one host name.</summary>
    public static bool Matches(string pattern, ReadOnlySpan<char> host)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
        {
            return host.Equals(pattern, StringComparison.OrdinalIgnoreCase);
        }

        var dot = host.IndexOf('.');
        return dot > 0 && host[dot..].Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }
}
