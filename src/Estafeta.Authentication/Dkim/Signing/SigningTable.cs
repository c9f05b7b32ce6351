namespace Estafeta.Authentication.Dkim.Signing;

/// <summary>
/// opendkim's SigningTable in a file: which key signs for which author. With patterns (refile:) the first line that matches counts; without (file:) the
/// whole address, the domain, and less and less of it are looked for (opendkim.conf(5)).
/// </summary>
public sealed class SigningTable
{
    private readonly List<(string Pattern, string Value)> _lines = [];
    private readonly bool _hasPatterns;

    private SigningTable(bool hasPatterns) => _hasPatterns = hasPatterns;

    public static SigningTable Parse(IEnumerable<string> lines, bool hasPatterns)
    {
        var table = new SigningTable(hasPatterns);
        foreach (var (pattern, value) in KeyFile.ReadPairs(lines))
        {
            table._lines.Add((pattern, value));
        }

        return table;
    }

    /// <param name="address">The author's.</param>
    /// <returns>Name of the key, and behind a colon the identity; null when nobody signs.</returns>
    public string? Find(string address)
    {
        if (_hasPatterns)
        {
            return _lines.Find(l => Matches(l.Pattern, address)).Value;
        }

        foreach (var form in Forms(address))
        {
            if (_lines.Find(l => l.Pattern.Equals(form, StringComparison.OrdinalIgnoreCase)).Value is { } value)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>What is looked for, in order, where there are no patterns.</summary>
    public static IEnumerable<string> Forms(string address)
    {
        var at = address.LastIndexOf('@');
        var (user, host) = (address[..Math.Max(at, 0)], address[(at + 1)..]);
        yield return address;
        yield return host;
        foreach (var domain in Above(host))
        {
            yield return $"{user}@{domain}";
        }

        foreach (var domain in Above(host))
        {
            yield return domain;
        }

        yield return user + "@*";
        yield return "*";
    }

    // With their dots.
    private static IEnumerable<string> Above(string host)
    {
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            yield return host[dot..];
        }
    }

    // "*" stands for anything. Linear: the last star is the only one to go back to.
    private static bool Matches(string pattern, string text)
    {
        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
            }
            else if (p < pattern.Length && char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }
}
