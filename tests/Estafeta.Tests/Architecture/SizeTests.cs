namespace Estafeta.Tests.Architecture;

/// <summary>The caps of the style guide; the median is printed by <c>./check</c>.</summary>
public class SizeTests
{
    private const int MaxFileLines = 800;
    private const int MaxFilesInFolder = 25;

    [Fact]
    public void File_StaysBelowTheCap()
    {
        var large = Repository.SourceFiles("src").Concat(Repository.SourceFiles("tests"))
            .Select(f => (File: f, Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > MaxFileLines && !IsDataTable(f.File))
            .Select(f => $"{Path.GetRelativePath(Repository.Root, f.File)}: {f.Lines} lines");
        Assert.Empty(large);
    }

    [Fact]
    public void Folder_StaysBelowTheCap()
    {
        var crowded = Repository.SourceFiles("src").Where(f => !IsDataTable(f))
            .GroupBy(f => Path.GetDirectoryName(f)!)
            .Where(g => g.Count() > MaxFilesInFolder)
            .Select(g => $"{Path.GetRelativePath(Repository.Root, g.Key)}: {g.Count()} files");
        Assert.Empty(crowded);
    }

    private static bool IsDataTable(string file) => file.EndsWith(".g.cs", StringComparison.Ordinal) || file.Contains("/Catalogue/", StringComparison.Ordinal);
}
