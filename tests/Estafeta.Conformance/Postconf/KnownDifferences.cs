using System.Text.RegularExpressions;

namespace Estafeta.Conformance.Postconf;

/// <summary>Where Postfix 3.12, or Estafeta on purpose, says something else than the installed 3.7, one by one.</summary>
internal static partial class KnownDifferences
{
    private static readonly HashSet<string> NewNames = new(
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Postconf", "data", "changed-defaults.txt")).Where(l => l.Contains(" new in ", StringComparison.Ordinal)).Select(l => l.Split(' ')[0]),
        StringComparer.Ordinal);

    /// <summary>The text of a main.cf without the parameters that the installed version does not know.</summary>
    public static string WithoutNewParameters(string mainCf) =>
        string.Concat(mainCf.Split('\n').Where(line => !NewNames.Contains(line.Split('=')[0].Trim())).Select(line => line + "\n"));

    /// <summary>Complaints that only one of the two has.</summary>
    public static bool Complaint(string line) =>
        // Since 3.9: names that will go.
        line.Contains(": support for parameter \"", StringComparison.Ordinal)
        || line.EndsWith("See https://www.postfix.org/DEPRECATION_README.html for details", StringComparison.Ordinal)

        // Options of later versions, and the path the program was called by.
        || line.Contains("fatal: usage: ", StringComparison.Ordinal)

        // Postfix reads main.cf several times and compares it with itself.
        || line.Contains(": overriding earlier entry: ", StringComparison.Ordinal)

        // Since 3.8: comments behind text.
        || line.Contains("#comment after other text is not allowed", StringComparison.Ordinal);

    /// <summary>The default of default_database_type, and so of alias_maps, is lmdb where Postfix is built without Berkeley DB (3.11).</summary>
    public static string WithOldTableType(string output) => output.Replace("lmdb:/etc/aliases", "hash:/etc/aliases", StringComparison.Ordinal);

    /// <summary>At which of the names of a circle the nesting is found too deep depends on where the expansion began.</summary>
    public static string WithoutNestedName(string error) => NestedName().Replace(error, "$1");

    [GeneratedRegex("(unreasonable macro call nesting: )\"[^\"]*\"")]
    private static partial Regex NestedName();
}
