using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// Which type stands in for <c>hash</c> and <c>btree</c> when a table is written, by Postfix 3.11's non_bdb_migration_level: at <c>disable</c> lmdb; at
/// <c>enable-redirect</c> and <c>enable-reindex</c> the type of non_bdb_custom_mapping, else of default_database_type and default_cache_db_type.
/// Reading needs no migration: <c>.db</c> files are read as they are.
/// </summary>
public static class BerkeleyMigration
{
    /// <summary>The default level.</summary>
    public const string Disabled = "disable";

    private const string Lmdb = "lmdb";

    public static bool IsMigrated(string type) => type is "hash" or "btree";

    /// <summary>What Postfix logs of a table that is kept elsewhere than its name says; null while there is no redirection, or it is not to be logged.</summary>
    public static string? RedirectNote(string type, string source, ParameterSet parameters) =>
        IsMigrated(type) && parameters.Get(Parameters.NonBdbMigrationLevel) != Disabled && parameters.Get(Parameters.NonBdbMigrationLogRedirect)
            ? $"redirecting {type}:{source} to {Target(type, parameters)}:{source}"
            : null;

    /// <returns><c>lmdb</c> or <c>cdb</c>.</returns>
    /// <exception cref="TableUnavailableException">A parameter is wrong.</exception>
    public static string Target(string type, ParameterSet parameters)
    {
        var level = parameters.Get(Parameters.NonBdbMigrationLevel);
        var target = level switch
        {
            Disabled => Lmdb,
            "enable-redirect" or "enable-reindex" => Mapped(type, parameters),
            _ => throw new TableUnavailableException($"{Parameters.NonBdbMigrationLevel.Name}: unknown level: {level}"),
        };
        return target switch
        {
            Lmdb or "cdb" => target,
            "hash" or "btree" => Lmdb,
            _ => throw new TableUnavailableException($"{type}: cannot be kept in a table of type {target}"),
        };
    }

    private static string Mapped(string type, ParameterSet parameters)
    {
        foreach (var item in WordList.Split(parameters.Get(Parameters.NonBdbCustomMapping)))
        {
            if (!BracedList.TrySplitAssignment(item, out var from, out var to, out _) || !IsMigrated(from))
            {
                throw new TableUnavailableException($"{Parameters.NonBdbCustomMapping.Name}: need hash=type or btree=type: {item}");
            }

            if (from == type)
            {
                return to;
            }
        }

        return parameters.Get(type == "hash" ? Parameters.DefaultDatabaseType : Parameters.DefaultCacheDbType);
    }
}
