using System.Text.RegularExpressions;

namespace Estafeta.Tests.Architecture;

/// <summary>conf/links, from which ./run and ./install make the links, has every name that the executable answers to.</summary>
public sealed partial class LinkTests
{
    // Said behind "estafeta", not links of their own.
    private static readonly string[] Verbs = ["authenticate", "check", "dkim", "explain", "oauth", "sts", "tlsrpt"];

    [Theory]
    [InlineData("src/Estafeta/CommandTable.cs")]
    [InlineData("src/Estafeta/DaemonTable.cs")]
    [InlineData("src/Estafeta.QuickCommands/Program.cs")]
    public void EveryName_HasALink(string table)
    {
        var names = Names().Matches(File.ReadAllText(Path.Combine(Repository.Root, table))).Select(m => m.Groups[1].Value).Except(Verbs).ToList();
        var links = File.ReadLines(Path.Combine(Repository.Root, "conf/links")).Where(l => !l.StartsWith('#')).Select(l => l.Split(' ')[1]).ToHashSet();

        Assert.True(names.Count > 2);
        Assert.All(names, name => Assert.Contains(name, links));
    }

    // ["postmap"] = …, new("smtpd", …
    [GeneratedRegex("(?:\\[|new\\()\"([a-z-]+)\"")]
    private static partial Regex Names();
}
