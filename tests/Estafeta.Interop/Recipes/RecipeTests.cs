using System.Text.RegularExpressions;
using Estafeta.Interop.Installation;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Recipes;

/// <summary>
/// How administrators run Postfix: each script is one configuration, with what is to be seen of it. Both programs run it in a system of their own, with
/// nothing changed, and must show the same; lines "# sees: TEXT" are what must be there in any case.
/// </summary>
public sealed class RecipeTests
{
    private static string Folder => Path.Combine(Programs.RepositoryRoot(), "tests/Estafeta.Interop/Recipes");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "??-*.sh").Select(static f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void BothShowTheSame(string name)
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        var script = InstalledSystem.Script("Recipes/recipe.sh").TrimEnd() + '\n' + $". '{Folder}/{name}.sh'\n";
        string theirs = "", ours = "";
        Parallel.Invoke(() => theirs = ThrowawaySystem.Run(script).Output, () => ours = ThrowawaySystem.Run(InstalledSystem.WithLinks + script).Output);
        Assert.SkipWhen(theirs.StartsWith("SKIP ", StringComparison.Ordinal), theirs);
        foreach (var text in File.ReadLines(Path.Combine(Folder, name + ".sh")).Where(static l => l.StartsWith("# sees: ", StringComparison.Ordinal)).Select(static l => l[8..]))
        {
            Assert.Contains(text, theirs, StringComparison.Ordinal);
        }

        Assert.Equal(Comparable(theirs), Comparable(ours));
    }

    // What the commands say at the terminal is compared elsewhere; Debian's start script has postconf say the same dozens of times.
    private static string Comparable(string output) =>
        Regex.Replace(output, "(?m)^(postfix/postfix-script: |post(map|alias): note: |(/usr/sbin/)?postconf: warning: .*: unused parameter: ).*\n", "");
}
