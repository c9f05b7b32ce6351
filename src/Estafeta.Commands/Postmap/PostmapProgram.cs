using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary>postmap(1): makes, queries and changes lookup tables.</summary>
public static class PostmapProgram
{
    private const string Name = "postmap";
    private const string Letters = "bc:d:fFhijmnNopq:rsuUvw";
    private const string Usage = "[-bfFhijmnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...";

    /// <param name="arguments">Without the command's name.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) =>
        CommandProgram.RunAsync(Name, log => RunAsync(arguments, log), streams);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandLog log)
    {
        var options = TableCommandOptions.Parse(Name, arguments, Letters, Usage);
        if ((options.ReadsHeaders || options.ReadsBody) && !(options.Action == TableAction.Query && options.Key == "-"))
        {
            throw new CommandException("specify -b -h or -m only with \"-q -\"");
        }

        if (options.ReadsMime && !options.ReadsHeaders && !options.ReadsBody)
        {
            log.Warning("ignoring -m option without -b or -h");
        }

        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        return await RunAsync(options, parameters, log);
    }

    private static async Task<int> RunAsync(TableCommandOptions options, ParameterSet parameters, CommandLog log)
    {
        await using var tables = new TableSet(parameters) { Warn = log.Warning, Inform = log.Info };
        var command = new TableCommand(options, tables, new PostmapSource(log), log);
        return await command.RunAsync();
    }
}
