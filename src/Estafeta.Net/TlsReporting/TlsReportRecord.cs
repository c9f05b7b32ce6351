namespace Estafeta.Net.TlsReporting;

/// <summary>The TXT record at <c>_smtp._tls.DOMAIN</c>: where reports about TLS with the domain shall go (RFC 8460 §3).</summary>
public static class TlsReportRecord
{
    private const int MaximumTargets = 5;

    /// <summary>Where it stands.</summary>
    public static string Name(string domain) => "_smtp._tls." + domain;

    /// <summary>The one record among the texts of that name; null when there is none, or more than one.</summary>
    public static string? Find(IEnumerable<string> texts)
    {
        string? found = null;
        foreach (var text in texts)
        {
            if (text.StartsWith("v=TLSRPTv1;", StringComparison.Ordinal))
            {
                if (found != null)
                {
                    return null;
                }

                found = text;
            }
        }

        return found;
    }

    /// <summary>The <c>mailto:</c> and <c>https:</c> addresses; empty when no reports are wanted.</summary>
    public static IReadOnlyList<Uri> FindTargets(IEnumerable<string> texts)
    {
        var targets = new List<Uri>();
        foreach (var field in (Find(texts) ?? "").Split(';').Skip(1))
        {
            var pair = field.Trim(' ', '\t');
            if (!pair.StartsWith("rua=", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var text in pair[4..].Split(',', StringSplitOptions.TrimEntries))
            {
                if (targets.Count < MaximumTargets && Uri.TryCreate(text, UriKind.Absolute, out var target) && target.Scheme is "mailto" or "https")
                {
                    targets.Add(target);
                }
            }

            break;
        }

        return targets;
    }
}
