using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Daemons.Smtpd.Features;

/// <summary>features.tsv: every function of the SMTP server has its tests, and they exist.</summary>
public class FeatureListTests
{
    [Fact]
    public void EveryFunction_HasTestsThatExist_OrAReason()
    {
        var transcripts = Transcript.ReadAll().Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var sources = Repository.SourceFiles("tests").GroupBy(f => Path.GetFileNameWithoutExtension(f))
            .ToDictionary(g => g.Key, g => string.Concat(g.Select(File.ReadAllText)));
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "tests/Estafeta.Tests/Daemons/Smtpd/Features/features.tsv")))
        {
            var fields = line.Split('\t');
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (fields.Length != 3 || fields[2].Length < 3)
            {
                wrong.Add(line);
            }
            else if (!fields[2].StartsWith("- ", StringComparison.Ordinal))
            {
                wrong.AddRange(fields[2].Split("; ").Where(t => !Exists(t)));
            }
        }

        Assert.Empty(wrong);

        bool Exists(string test) => transcripts.Contains(test)
            || (test.Split('.') is [var type, var method]
                && sources.TryGetValue(type, out var source)
                && (method == "*" || source.Contains($" {method}(", StringComparison.Ordinal)));
    }
}
