namespace Estafeta.Tests.Configuration;

/// <summary>The vectors beside the tests: tab-separated, <c>#</c> starts a comment line, <c>\n</c> and <c>\t</c> are escapes.</summary>
internal static class TestData
{
    public static IEnumerable<string[]> Rows(string file) => Lines(file).Select(line => line.Split('\t').Select(Unescape).ToArray());

    /// <summary>The lines as they are, comments left out.</summary>
    public static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Configuration", "data", file)).Where(line => line.Length > 0 && !line.StartsWith('#'));

    public static IEnumerable<(string Left, string Right)> Pairs(string file) => Rows(file).Select(row => (row[0], row[1]));

    private static string Unescape(string cell) =>
        cell.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
}
