using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Logging;

/// <summary>Every line of the log, held against what Postfix logs of the same traffic, and against the formats that analysers know (lines.tsv).</summary>
public sealed class LogLineTests(LogLineFixture logs) : IClassFixture<LogLineFixture>
{
    [Fact]
    public void EveryMessage_IsLoggedAsByPostfix()
    {
        Assert.SkipWhen(LogLineFixture.Obstacle != null, LogLineFixture.Obstacle ?? "");
        Assert.True(logs.Theirs.Messages.Count() > 100, string.Join('\n', logs.Theirs.Lines.TakeLast(30)));
        AssertNone(Difference(logs.Theirs.Messages, logs.Ours.Messages));
    }

    [Fact]
    public void EverythingElse_IsLoggedAsByPostfix()
    {
        Assert.SkipWhen(LogLineFixture.Obstacle != null, LogLineFixture.Obstacle ?? "");
        AssertNone(Difference(logs.Theirs.Others, logs.Ours.Others));
    }

    [Fact]
    public void EveryFormat_IsThere()
    {
        Assert.SkipWhen(LogLineFixture.Obstacle != null, LogLineFixture.Obstacle ?? "");
        var missing = new List<string>();
        foreach (var fields in File.ReadLines(Path.Combine(Programs.RepositoryRoot(), "tests/Estafeta.Interop/Logging/lines.tsv"))
            .Where(static l => l.Length > 0 && l[0] != '#').Select(static l => l.Split('\t')))
        {
            var pattern = new Regex($"^postfix/{fields[0]}: {fields[2]}$");
            if (!logs.Ours.Lines.Exists(l => pattern.IsMatch(l)))
            {
                missing.Add($"ours: {pattern}");
            }

            if (fields[1] == "both" && !logs.Theirs.Lines.Exists(l => pattern.IsMatch(l)))
            {
                missing.Add($"theirs: {pattern}");
            }
        }

        AssertNone(string.Join('\n', missing));
    }

    private static void AssertNone(string differences) => Assert.True(differences.Length == 0, differences);

    // Each text may be there several times.
    private static string Difference(IEnumerable<string> theirs, IEnumerable<string> ours)
    {
        var counts = theirs.GroupBy(static t => t).ToDictionary(static g => g.Key, static g => g.Count());
        foreach (var text in ours)
        {
            counts[text] = counts.GetValueOrDefault(text) - 1;
        }

        return string.Join("\n\n", counts.Where(static c => c.Value != 0).Select(static c => $"{(c.Value > 0 ? "only Postfix" : "only Estafeta")}:\n{c.Key}"));
    }
}
