
namespace Estafeta.Conformance.Postconf;

/// <summary>
/// The defaults of the catalogue against those of the installed 3.7: every name that both have has the same default, but for those that 3.12 changed
/// (a listed set) and those of the place where Debian installs things.
/// </summary>
public sealed class DefaultsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("postconf").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Defaults_AreThoseOfPostfix_ButForTheListedChanges()
    {
        Assert.SkipUnless(PostconfRun.IsInstalled, "postconf of Postfix is not installed");
        var run = new PostconfCase("defaults", "", "", ["-d"]);
        var listed = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Postconf", "data", "changed-defaults.txt"))
            .Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split(' ')[0]).ToHashSet(StringComparer.Ordinal);

        var theirs = Settings((await PostconfRun.PostfixAsync(run, _directory)).Output);
        var ours = Settings((await PostconfRun.OursAsync(run, _directory)).Output);

        var different = theirs.Keys.Union(ours.Keys).Where(name => !name.StartsWith("estafeta_", StringComparison.Ordinal)).Where(name => theirs.GetValueOrDefault(name) != ours.GetValueOrDefault(name)).Order(StringComparer.Ordinal);
        Assert.Equal(listed.Order(StringComparer.Ordinal), different);
    }

    private static Dictionary<string, string> Settings(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(l => l.Split(" =")[0], l => l, StringComparer.Ordinal);
}
