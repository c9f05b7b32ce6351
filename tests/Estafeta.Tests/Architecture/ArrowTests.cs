using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Estafeta.Tests.Architecture;

/// <summary>ARCHITECTURE.md's arrows between projects, and between the folders of the daemons.</summary>
public class ArrowTests
{
    // A project may use those in front of it, and none behind it or beside it.
    private static readonly string[][] Layers =
    [
        ["Estafeta.Mail"],
        ["Estafeta.Unix"],
        ["Estafeta.Configuration"],
        ["Estafeta.Tables"],
        ["Estafeta.Tables.Sql", "Estafeta.Tables.Ldap", "Estafeta.Net"],
        ["Estafeta.Authentication", "Estafeta.Queue", "Estafeta.Services"],
        ["Estafeta.Daemons"],
        ["Estafeta.Master", "Estafeta.Commands"],
        ["Estafeta", "Estafeta.QuickCommands", "Estafeta.SetGid"],
    ];

    public static TheoryData<string> Projects => [.. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Select(p => Path.GetFileNameWithoutExtension(p))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_UsesOnlyTheLayersBelow(string project)
    {
        var layer = LayerOf(project);
        var file = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
        foreach (var reference in file.Descendants("ProjectReference"))
        {
            var used = Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!);
            Assert.True(LayerOf(used) < layer, $"{project} must not use {used}");
        }
    }

    [Fact]
    public void DaemonFolder_UsesNoOtherDaemonFolder()
    {
        const string Project = "Estafeta.Daemons";
        var uses = new Regex($@"\b{Regex.Escape(Project)}\.(\w+)");
        var forbidden = new List<string>();
        foreach (var file in Repository.SourceFiles("src/" + Project))
        {
            var own = Path.GetRelativePath(Path.Combine(Repository.Root, "src", Project), file).Split('/')[0];
            forbidden.AddRange(uses.Matches(File.ReadAllText(file))
                .Select(m => m.Groups[1].Value)
                .Where(name => name != own && Directory.Exists(Path.Combine(Repository.Root, "src", Project, name)) && !IsComposition(own))
                .Select(name => $"{Path.GetRelativePath(Repository.Root, file)} uses {Project}.{name}"));
        }

        Assert.Empty(forbidden);
    }

    // The queue process is the one place that puts cleanup, queue manager and bounce together.
    private static bool IsComposition(string folder) => folder == "QueueProcess";

    private static int LayerOf(string project)
    {
        var layer = Array.FindIndex(Layers, l => l.Contains(project));
        Assert.True(layer >= 0, $"{project} has no place in the layers: add it to ARCHITECTURE.md and to this test");
        return layer;
    }
}
