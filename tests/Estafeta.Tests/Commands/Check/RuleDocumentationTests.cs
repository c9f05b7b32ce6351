using System.Text.RegularExpressions;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Commands.Check;

/// <summary>docs/configuration.md names every rule of estafeta check.</summary>
public partial class RuleDocumentationTests
{
    [Fact]
    public void EveryRule_IsDocumented()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository.Root, "src/Estafeta.Commands/Check/Rules"), "*.cs").Select(File.ReadAllText);
        var documented = Words().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/configuration.md"))).Select(m => m.Value).ToHashSet();

        var rules = sources.SelectMany(s => Rules().Matches(s)).Select(m => m.Groups[1].Value).Distinct().ToList();

        Assert.True(rules.Count > 50);
        Assert.All(rules, rule => Assert.Contains(rule, documented));
    }

    // The rule comes in front of the severity.
    [GeneratedRegex("\"([a-z]+(?:-[a-z]+)*)\",\\s*FindingSeverity")]
    private static partial Regex Rules();

    [GeneratedRegex("[a-z]+(?:-[a-z]+)*")]
    private static partial Regex Words();
}
