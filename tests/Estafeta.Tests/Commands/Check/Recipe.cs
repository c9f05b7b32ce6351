namespace Estafeta.Tests.Commands.Check;

/// <summary>One configuration of recipes.txt, and what is to be said about it.</summary>
public sealed record Recipe(string Name, string Main, string Master, IReadOnlyList<(string Rule, bool IsTrue, string Why)> Findings)
{
    public static IEnumerable<Recipe> All()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Commands", "Check", "recipes.txt"));
        foreach (var block in ("\n" + text).Split("\n=== ", StringSplitOptions.RemoveEmptyEntries).Where(b => !b.StartsWith('#')))
        {
            var parts = block.Split("\n--- ");
            yield return new Recipe(parts[0].Trim(), Part(parts, "main.cf"), Part(parts, "master.cf"), [.. Part(parts, "findings").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Finding)]);
        }
    }

    public override string ToString() => Name;

    private static string Part(string[] parts, string name) => Array.Find(parts, p => p.StartsWith(name + "\n", StringComparison.Ordinal)) is { } part ? part[(name.Length + 1)..].TrimEnd() + "\n" : "";

    private static (string, bool, string) Finding(string line)
    {
        var columns = line.Split('\t');
        return (columns[0], columns[1] == "true", columns[2]);
    }
}
