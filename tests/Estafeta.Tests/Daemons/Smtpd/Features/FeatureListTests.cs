using System.Text.RegularExpressions;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Daemons.Smtpd.Features;

/// <summary>features.tsv: every function of the SMTP server has its tests, and they exist; every keyword of restrictions stands in its tests.</summary>
public class FeatureListTests
{
    private const string KeywordSection = "21";

    // Postfix declares it and does not know it either: its transcript says so.
    private const string UnknownKeyword = "reject_unknown_forward_client_hostname";

    private static readonly Dictionary<string, Transcript> Transcripts = Transcript.ReadAll().ToDictionary(static t => t.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, string> Sources = Repository.SourceFiles("tests").GroupBy(f => Path.GetFileNameWithoutExtension(f))
        .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));

    [Fact]
    public void EveryFunction_HasTestsThatExist_OrAReason()
    {
        var wrong = new List<string>();
        foreach (var fields in Rows())
        {
            if (fields.Length != 3 || fields[2].Length < 3)
            {
                wrong.Add(string.Join('\t', fields));
            }
            else if (!fields[2].StartsWith("- ", StringComparison.Ordinal))
            {
                wrong.AddRange(fields[2].Split("; ").Where(t => !Exists(t)));
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void EveryKeyword_IsKnown_AndStandsInItsTests()
    {
        var keywords = Rows().Where(static r => r[0] == KeywordSection).ToDictionary(static r => r[1], static r => r[2]);

        Assert.Equal([UnknownKeyword], keywords.Keys.Where(static k => RestrictionNames.Find(k) == null));
        Assert.DoesNotContain(keywords, static k => !k.Value.Split("; ").All(t => Mentions(t, k.Key)));
    }

    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests/Estafeta.Tests/Daemons/Smtpd/Features/features.tsv"))
            .Where(static l => !l.StartsWith('#')).Select(static l => l.Split('\t'));

    private static bool Exists(string test) => Transcripts.ContainsKey(test)
        || (test.Split('.') is [var type, var method]
            && Sources.TryGetValue(type, out var source)
            && (method == "*" || source.Contains($" {method}(", StringComparison.Ordinal)));

    private static bool Mentions(string test, string keyword)
    {
        var text = Transcripts.TryGetValue(test, out var transcript) ? string.Join('\n', transcript.Configuration) : Sources[test.Split('.')[0]];
        return Regex.IsMatch(text, $"(?<![a-z_]){keyword}(?![a-z_])");
    }
}
