using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Usage;
using Estafeta.Tables;
using Estafeta.Tables.Indexed;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Tables that parameters name: the type must exist, the file too, and what postmap made must not be older than its source.</summary>
internal static class TableRules
{
    private static readonly HashSet<string> TextTypes = new(StringComparer.Ordinal) { "texthash", "regexp", "pcre", "cidr" };

    private static readonly HashSet<string> Clients = new(StringComparer.Ordinal)
    {
        "proxy", "tcp", "socketmap", "memcache", "mysql", "pgsql", "sqlite", "ldap", "mongodb", "internal", "debug", "dbm", "sdbm", "netinfo", "nisplus",
    };

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        foreach (var name in main.SetNames.Where(n => n.EndsWith("_maps", StringComparison.Ordinal) || n.EndsWith("_checks", StringComparison.Ordinal) || n == "alias_database").Order(StringComparer.Ordinal))
        {
            if (Parameters.Find(name) == null)
            {
                continue;
            }

            foreach (var (type, path) in TableReferences.In(CheckedConfiguration.Value(main, name), static _ => { }))
            {
                if (Problem(name, type, path) is { } finding)
                {
                    yield return finding with { Position = main.PositionOf(name) };
                }
            }
        }

        foreach (var ((type, path), position) in configuration.Usage.TableFiles)
        {
            if (path.StartsWith('/') && !File.Exists(path))
            {
                yield return new("table-missing", FindingSeverity.Error, position, $"{type}:{path}: no such file", "make the file, or correct the name");
            }
        }
    }

    private static Finding? Problem(string name, string type, string path)
    {
        if (!TableTypes.Contains(type) && !Clients.Contains(type))
        {
            return new("table-type", FindingSeverity.Error, default, $"{name}: unsupported table type {type}", "use a type that postconf -m lists");
        }

        var made = IndexedTypes.FindFile(type, path);
        if ((made == null && !TextTypes.Contains(type)) || !path.StartsWith('/'))
        {
            return null;
        }

        var file = made ?? path;
        if (!File.Exists(file))
        {
            return new("table-missing", FindingSeverity.Error, default, $"{name}: {type}:{path}: no such file: {file}",
                made != null ? $"run postmap {type}:{path}" : "make the file, or correct the name");
        }

        return made != null && File.Exists(path) && File.GetLastWriteTimeUtc(path) > File.GetLastWriteTimeUtc(file)
            ? new("table-stale", FindingSeverity.Warning, default, $"{name}: {file} is older than {path}", $"run postmap {type}:{path}")
            : null;
    }
}
