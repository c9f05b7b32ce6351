using System.Text.RegularExpressions;

namespace Estafeta.Tests.Architecture;

/// <summary>docs/threats.md is complete, and the tests it names exist.</summary>
public sealed partial class ThreatTableTests
{
    private static readonly string Table = File.ReadAllText(Path.Combine(Repository.Root, "docs/threats.md"));

    [Fact]
    public void EveryThreat_HasALine()
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match match in Rows().Matches(Table))
        {
            var (letter, first, last) = (match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, null), match.Groups[3].Success ? int.Parse(match.Groups[3].ValueSpan, null) : 0);
            for (var number = first; number <= Math.Max(first, last); number++)
            {
                listed.Add($"{letter}{number:00}");
            }
        }

        string[] expected = [.. Ids('A', 13), .. Ids('B', 14), .. Ids('C', 16), .. Ids('D', 14), .. Ids('E', 14)];
        Assert.Empty(expected.Except(listed));
    }

    [Fact]
    public void EveryTestNamed_Exists()
    {
        var sources = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static p => !p.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var missing = Tests().Matches(Table).Select(static m => m.Groups[1].Value).Distinct()
            .Where(name => !sources.Contains(" class " + name, StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    private static IEnumerable<string> Ids(char letter, int count) => Enumerable.Range(1, count).Select(i => $"{letter}{i:00}");

    [GeneratedRegex(@"^\| ([A-Z])(\d\d)(?: to [A-Z](\d\d))? \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"`([A-Z]\w+Tests)\b")]
    private static partial Regex Tests();
}
