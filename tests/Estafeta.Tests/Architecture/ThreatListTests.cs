using System.Text.RegularExpressions;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Tests.Architecture;

/// <summary>docs/threats.md: the tests and transcripts that it names exist.</summary>
public sealed partial class ThreatListTests
{
    private static readonly Dictionary<string, string> Sources = Repository.SourceFiles("tests").GroupBy(f => Path.GetFileNameWithoutExtension(f))
        .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));

    [Fact]
    public void EveryTestNamed_Exists()
    {
        var transcripts = Transcript.ReadAll().Select(t => t.Name).ToList();
        var missing = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs/threats.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal)))
        {
            var tests = line[line.TrimEnd('|', ' ').LastIndexOf('|')..];
            missing.AddRange(TestName().Matches(tests).Select(m => m.Groups[1].Value).Where(n => !Exists(n)));
            missing.AddRange(TranscriptNames().Matches(tests).SelectMany(
                m => QuotedName().Matches(m.Groups[2].Value).Select(n => $"{m.Groups[1].Value}: {n.Groups[1].Value.TrimEnd('\u2026', ' ')}")).Where(n => !transcripts.Exists(t => t.StartsWith(n, StringComparison.Ordinal))));
        }

        Assert.Empty(missing);
    }

    // Class, Class.Method, or the method of some class; the end of a name may be left out.
    private static bool Exists(string name)
    {
        var method = name.TrimEnd('\u2026');
        if (method.Split('.') is [var type, var member])
        {
            return Sources.TryGetValue(type, out var source) && source.Contains($" {member}", StringComparison.Ordinal);
        }

        return method.EndsWith("Tests", StringComparison.Ordinal) ? Sources.ContainsKey(method) : Sources.Values.Any(s => s.Contains($" {method}", StringComparison.Ordinal));
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9_]+(?:\\.[A-Z][A-Za-z0-9_]+)?\u2026?)`")]
    private static partial Regex TestName();

    [GeneratedRegex("Transcripts/([a-z]+)\\.txt((?:,? \"[^\"]+\")*)")]
    private static partial Regex TranscriptNames();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex QuotedName();
}
