using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postmap;
using Estafeta.Configuration;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Commands.Postalias;

/// <summary>postalias(1): makes, queries and changes alias databases, whose source is aliases(5).</summary>
public static class PostaliasProgram
{
    internal const string Name = "postalias";
    private const string Letters = "c:d:fijnNopq:rsuvw";
    private const string Usage = "[-Nfijnoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...";

    /// <param name="arguments">Without the command's name.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) => CommandProgram.RunAsync(Name, log =>
    {
        var options = TableCommandOptions.Parse(Name, arguments, Letters, Usage);
        return RunAsync(options, CommandProgram.Load(options.ConfigDirectory, log), log);
    }, streams);

    internal static async Task<int> RunAsync(TableCommandOptions options, ParameterSet parameters, CommandLog log)
    {
        await using var tables = new TableSet(parameters) { Warn = log.Warning, Inform = log.Info };
        var source = new AliasSource(parameters, TimeProvider.System, log);
        return await new TableCommand(options, tables, source, log).RunAsync();
    }
}
