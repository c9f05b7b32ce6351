using Estafeta.Configuration.Domains;

namespace Estafeta.Authentication.Dmarc;

/// <summary>publicsuffix.org's list: below which names people register domains. Immutable.</summary>
public sealed class PublicSuffixList
{
    /// <summary>Where Debian's package publicsuffix has it.</summary>
    public const string DefaultPath = "/usr/share/publicsuffix/public_suffix_list.dat";

    private readonly HashSet<string> _suffixes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wildcards = new(StringComparer.Ordinal);
    private readonly HashSet<string> _exceptions = new(StringComparer.Ordinal);

    private PublicSuffixList()
    {
    }

    /// <returns>Null where there is no file.</returns>
    public static PublicSuffixList? Load(string path) => File.Exists(path) ? Parse(File.ReadLines(path)) : null;

    public static PublicSuffixList Parse(IEnumerable<string> lines)
    {
        var list = new PublicSuffixList();
        foreach (var line in lines)
        {
            var end = line.AsSpan().IndexOfAny(" \t");
            var rule = end < 0 ? line : line[..end];
            if (rule.Length == 0 || rule.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            var (set, name) = rule.StartsWith("*.", StringComparison.Ordinal) ? (list._wildcards, rule[2..])
                : rule[0] == '!' ? (list._exceptions, rule[1..])
                : (list._suffixes, rule);
            if (InternationalDomain.ToAscii(name) is { } ascii)
            {
                set.Add(ascii.ToLowerInvariant());
            }
        }

        return list;
    }

    /// <summary>The domain that somebody registered: one label more than the longest suffix; a suffix itself stays what it is.</summary>
    /// <param name="domain">A-labels, lower case.</param>
    public string OrganizationOf(string domain)
    {
        var below = domain;
        for (var name = domain; ; name = Parent(name)!)
        {
            var parent = Parent(name);
            if (_exceptions.Contains(name))
            {
                return name;
            }

            // Nothing in the list: the last label is the suffix.
            if (parent == null || _suffixes.Contains(name) || _wildcards.Contains(parent))
            {
                return below;
            }

            below = name;
        }
    }

    private static string? Parent(string name) => name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? name[(dot + 1)..] : null;
}
