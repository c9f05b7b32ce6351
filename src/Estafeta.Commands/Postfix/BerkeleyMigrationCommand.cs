using Estafeta.Commands.Postconf.Edit;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Tables.Indexed;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// <c>postfix non-bdb</c>, postfix-non-bdb(1): shows or sets non_bdb_migration_level. No index is made again, and master.cf needs no service for that: our
/// programs read <c>.db</c> files as they are (docs/tables.md).
/// </summary>
internal sealed class BerkeleyMigrationCommand(ParameterSet parameters, IMailLog log, TextWriter output)
{
    private const string Usage = "Usage: postfix non-bdb status (or disable, enable-redirect, enable-reindex)";

    public int Run(IReadOnlyList<string> arguments) => arguments switch
    {
        ["status"] => ShowStatus(),
        [BerkeleyMigration.Disabled] => Disable(),
        ["enable-redirect" or "enable-reindex"] => Enable(arguments[0]),
        _ => Refuse(Usage),
    };

    private int ShowStatus()
    {
        output.WriteLine(parameters.Get(Parameters.NonBdbMigrationLevel));
        return 0;
    }

    private int Enable(string level)
    {
        foreach (var parameter in (StringParameter[])[Parameters.DefaultDatabaseType, Parameters.DefaultCacheDbType])
        {
            if (BerkeleyMigration.IsMigrated(parameters.Get(parameter)))
            {
                return Refuse($"{parameter.Name} is \"{parameters.Get(parameter)}\": tables cannot be redirected to Berkeley DB; set it to lmdb or cdb first");
            }
        }

        ConfigurationEdit.SetMain(parameters.ConfigDirectory, [$"{Parameters.NonBdbMigrationLevel.Name} = {level}"]);
        return 0;
    }

    private int Disable()
    {
        ConfigurationEdit.RemoveMain(parameters.ConfigDirectory, Parameters.NonBdbMigrationLevel.Name);
        return 0;
    }

    private int Refuse(string reason)
    {
        log.Write(LogSeverity.Fatal, reason);
        return 1;
    }
}
