using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;
using Estafeta.Tables;
using Estafeta.Unix.Files;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>
/// alias_maps: names to lists. The answers become commands and files, so pattern tables may not put parts of the name into them and proxies are not
/// asked. Commands and files of an alias belong to the owner of its database.
/// </summary>
public sealed class AliasTables(MapList maps)
{
    private static readonly string[] Suffixes = [".db", ".lmdb", ".cdb", ".dir", ""];

    public static AliasTables Open(TableSet tables) => new(tables.OpenList(
        Parameters.AliasMaps.Name,
        tables.Parameters.Get(Parameters.AliasMaps),
        tables.DefaultFlags | TableFlags.NoSubstitution | TableFlags.NoUntrusted));

    /// <param name="name">Lower case; asked as quoted in mail, then as it is.</param>
    public async ValueTask<AliasResult> FindAsync(string name, CancellationToken cancellationToken)
    {
        var quoted = LocalPart.Quote(name);
        var result = await AskAsync(quoted, cancellationToken);
        return result.Result.Outcome == LookupOutcome.NotFound && quoted != name ? await AskAsync(name, cancellationToken) : result;
    }

    private async ValueTask<AliasResult> AskAsync(string key, CancellationToken cancellationToken)
    {
        foreach (var table in maps.Tables)
        {
            var result = await table.LookupAsync(key, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return new AliasResult(result, table.Name);
            }
        }

        return new AliasResult(LookupResult.NotFound, "");
    }

    /// <summary>Null when root owns it, or when it is not a file: default_privs applies.</summary>
    public static UserAccount? OwnerOf(string tableName)
    {
        var path = tableName[(tableName.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (!path.StartsWith('/'))
        {
            return null;
        }

        foreach (var suffix in Suffixes)
        {
            if (FileStatus.Find(path + suffix, followsLinks: true) is { } status)
            {
                return status.Uid == 0 ? null : Accounts.FindUser(status.Uid);
            }
        }

        return null;
    }
}

/// <param name="TableName">The table that answered.</param>
public readonly record struct AliasResult(LookupResult Result, string TableName);
