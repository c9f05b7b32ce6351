using Estafeta.Authentication.Dkim.Signing;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Commands.Check.Rules;

/// <summary>DKIM and ARC keys (docs/authentication.md): the tables and keys are there and usable, and no key is asked for that the table does not have.</summary>
internal static class DkimRules
{
    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        var signing = main.Get(Parameters.EstafetaDkimSigningTable);
        var keys = main.Get(Parameters.EstafetaDkimKeyTable);
        var seal = main.Get(Parameters.EstafetaArcSealKey);
        if (keys.Length == 0)
        {
            var asking = signing.Length > 0 ? Parameters.EstafetaDkimSigningTable : Parameters.EstafetaArcSealKey;
            return signing.Length == 0 && seal.Length == 0
                ? []
                : [new("no-dkim-keys", FindingSeverity.Error, main.PositionOf(asking.Name), $"{asking.Name} is set, and there are no keys", "set estafeta_dkim_key_table")];
        }

        return InTables(main, signing, keys, seal);
    }

    private static IEnumerable<Finding> InTables(ParameterSet main, string signing, string keys, string seal)
    {
        var at = main.PositionOf(Parameters.EstafetaDkimKeyTable.Name);
        var rules = ReadPairs(signing, main.PositionOf(Parameters.EstafetaDkimSigningTable.Name), out var missingRules);
        var entries = ReadPairs(keys, at, out var missingKeys);
        foreach (var finding in (Finding?[])[missingRules, missingKeys])
        {
            if (finding != null)
            {
                yield return finding;
            }
        }

        if (entries == null)
        {
            yield break; // lookup tables, or not there
        }

        foreach (var finding in entries.SelectMany(entry => InKey(entry.Name, entry.Value, at)))
        {
            yield return finding;
        }

        var known = entries.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in (rules ?? []).SelectMany(r => r.Value.Split(':')[0].Split(',')).Append(seal).Select(n => n.Trim()).Distinct())
        {
            if (name.Length > 0 && name != "%" && !known.Contains(name))
            {
                yield return new("unknown-dkim-key", FindingSeverity.Error, at, $"no key {name} in {keys}", "add it, or correct the name");
            }
        }
    }

    private static IEnumerable<Finding> InKey(string name, string value, SourcePosition at)
    {
        if (KeyEntry.Parse(value) is not { } entry)
        {
            yield return new("dkim-key-unusable", FindingSeverity.Error, at, $"key {name}: not domain:selector:key", "correct the table");
            yield break;
        }

        if (entry.HasFileForEachAuthor)
        {
            yield break;
        }

        if (ProblemOf(entry) is { } problem)
        {
            yield return new("dkim-key-unusable", FindingSeverity.Error, at, $"key {name}: {problem}", "correct the file, or the table; estafeta dkim genkey makes a key");
        }
        else if (File.Exists(entry.Key) && (File.GetUnixFileMode(entry.Key) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
        {
            yield return new("readable-key", FindingSeverity.Error, at, $"the private key {entry.Key} can be read by everybody", $"chmod 600 {entry.Key}");
        }
    }

    private static string? ProblemOf(KeyEntry entry)
    {
        try
        {
            entry.Open(entry.SourceFor("")).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return e.Message;
        }
    }

    // Null for lookup tables and for a file that cannot be read.
    private static List<(string Name, string Value)>? ReadPairs(string value, SourcePosition at, out Finding? problem)
    {
        problem = null;
        if (SigningFile.PathOf(value) is not { } path)
        {
            return null;
        }

        if (SigningFile.ReadLines(path, out var trouble) is not { } lines)
        {
            problem = new("no-dkim-table", FindingSeverity.Error, at, trouble, "make the file, or correct the name");
            return null;
        }

        return [.. KeyFile.ReadPairs(lines)];
    }
}
