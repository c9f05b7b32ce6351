namespace Estafeta.Net.MtaSts;

/// <summary>The TXT record at <c>_mta-sts.DOMAIN</c> that says that the domain has a policy, and which (RFC 8461 §3.1).</summary>
public static class StsRecord
{
    /// <summary>The policy's id; null when the records announce none.</summary>
    public static string? FindId(IEnumerable<string> texts)
    {
        // More than one record is as good as none.
        string? found = null;
        foreach (var text in texts)
        {
            if (text.StartsWith("v=STSv1;", StringComparison.Ordinal))
            {
                if (found != null)
                {
                    return null;
                }

                found = text;
            }
        }

        foreach (var field in (found ?? "").Split(';').Skip(1))
        {
            var pair = field.Trim(' ', '\t');
            if (pair.StartsWith("id=", StringComparison.Ordinal))
            {
                var id = pair[3..].TrimEnd();
                return id.Length is >= 1 and <= 32 && id.All(char.IsAsciiLetterOrDigit) ? id : null;
            }
        }

        return null;
    }
}
