using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Usage;
using Estafeta.Tables;
using Estafeta.Tables.Indexed;

namespace Estafeta.Commands.Check.Rules;

/// <summary>
/// Tables that parameters name, of main.cf and of <c>-o</c>: the type must exist, the file too, it must open without a complaint, and what postmap made
/// must not be older than its source. Servers are not asked.
/// </summary>
internal static class TableRules
{
    private static readonly HashSet<string> TextTypes = new(StringComparer.Ordinal) { "texthash", "regexp", "pcre", "cidr" };

    private static readonly HashSet<string> InMemoryTypes = new(StringComparer.Ordinal) { "inline", "static", "randmap" };

    // Of Postfix, and not ours or not in files.
    private static readonly HashSet<string> OtherTypes = new(StringComparer.Ordinal) { "proxy", "mongodb", "internal", "dbm", "sdbm", "netinfo", "nisplus" };

    // Files that daemons make for themselves.
    private static readonly HashSet<string> Caches = new(StringComparer.Ordinal)
    {
        Parameters.AddressVerifyMap.Name, Parameters.PostscreenCacheMap.Name, Parameters.SmtpTlsSessionCacheDatabase.Name, Parameters.LmtpTlsSessionCacheDatabase.Name,
        Parameters.SmtpdTlsSessionCacheDatabase.Name,
    };

    public static async Task<List<Finding>> FindAsync(CheckedConfiguration configuration)
    {
        var findings = new List<Finding>();
        var warnings = new List<string>();

        // The one parameter that opening tables needs, which may itself be wrong.
        await using var tables = new TableSet(configuration.Main.With([new(Parameters.Smtputf8Enable.Name, "yes")])) { Warn = warnings.Add };
        var seen = new HashSet<(string, string)>();
        foreach (var (name, value, position) in Settings(configuration))
        {
            foreach (var (type, path) in TableReferences.In(value, static _ => { }))
            {
                if (IsTableList(name) && !TableTypes.Contains(type) && !OtherTypes.Contains(type))
                {
                    findings.Add(new("table-type", FindingSeverity.Error, position, $"{name}: unsupported table type {type}", "use a type that postconf -m lists"));
                }
                else if (seen.Add((type, path)))
                {
                    findings.AddRange(Problems(name, type, path, tables, warnings).Select(f => f with { Position = position }));
                }
            }
        }

        findings.AddRange(configuration.Usage.TableFiles.Where(t => t.Key.Path.StartsWith('/') && !File.Exists(t.Key.Path))
            .Select(t => new Finding("table-missing", FindingSeverity.Error, t.Value, $"{t.Key.Type}:{t.Key.Path}: no such file", "make the file, or correct the name")));
        return findings;
    }

    private static IEnumerable<(string Name, string Value, SourcePosition Position)> Settings(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        foreach (var name in main.SetNames.Where(IsRead).Order(StringComparer.Ordinal))
        {
            yield return (name, CheckedConfiguration.Value(main, name), main.PositionOf(name));
        }

        foreach (var service in configuration.Usage.Services.Where(s => s.Overrides.Count > 0))
        {
            var parameters = main.With(service.Overrides);
            foreach (var name in service.Overrides.Keys.Where(IsRead).Order(StringComparer.Ordinal))
            {
                yield return (name, CheckedConfiguration.Value(parameters, name), service.Line.Position);
            }
        }
    }

    private static bool IsRead(string name) => Parameters.Find(name) is StringParameter && !Caches.Contains(name);

    // Elsewhere "word:text" may be an address or a transport.
    private static bool IsTableList(string name) =>
        name.EndsWith("_maps", StringComparison.Ordinal) || name.EndsWith("_checks", StringComparison.Ordinal) || name == Parameters.AliasDatabase.Name;

    private static IEnumerable<Finding> Problems(string name, string type, string path, TableSet tables, List<string> warnings)
    {
        if (!TryFindMade(type, path, tables, out var made, out var problem))
        {
            yield return new("table-unusable", FindingSeverity.Error, default, $"{name}: {problem}", "correct the parameter");
            yield break;
        }

        var isText = TextTypes.Contains(type) && path.StartsWith('/');
        if ((made != null && path.StartsWith('/')) || isText)
        {
            var file = made ?? path;
            if (!File.Exists(file))
            {
                yield return new("table-missing", FindingSeverity.Error, default, $"{name}: {type}:{path}: no such file: {file}",
                    made != null ? $"run postmap {type}:{path}" : "make the file, or correct the name");
                yield break;
            }

            if (made != null && File.Exists(path) && File.GetLastWriteTimeUtc(path) > File.GetLastWriteTimeUtc(file))
            {
                yield return new("table-stale", FindingSeverity.Warning, default, $"{name}: {file} is older than {path}", $"run postmap {type}:{path}");
            }
        }
        else if (!InMemoryTypes.Contains(type) && !(TextTypes.Contains(type) && path.StartsWith('{')))
        {
            yield break;
        }

        warnings.Clear();
        _ = tables.Open($"{type}:{path}");
        foreach (var warning in warnings)
        {
            yield return new("table-unusable", FindingSeverity.Error, default, $"{name}: {warning}", "correct the table");
        }
    }

    // What postmap makes, for types that it makes.
    private static bool TryFindMade(string type, string path, TableSet tables, out string? made, out string problem)
    {
        (made, problem) = (null, "");
        try
        {
            made = IndexedTypes.FindFile(type, path, tables.Parameters);
            return true;
        }
        catch (TableUnavailableException e)
        {
            problem = e.Message;
            return false;
        }
    }
}
