using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Macros;
using Estafeta.Configuration.MainCf;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Usage;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using RawText = Estafeta.Tables.Text.RawText;

namespace Estafeta.Commands.Postconf;

/// <summary>What postconf shows: main.cf with the overrides of the command line, master.cf's lines, and which names mean something.</summary>
internal sealed class ShownConfiguration
{
    private ShownConfiguration(string directory, ParameterSet main, ParameterUsage usage)
    {
        Directory = directory;
        Main = main;
        Usage = usage;
    }

    public string Directory { get; }

    public string MainPath => $"{Directory}/main.cf";

    public string MasterPath => $"{Directory}/master.cf";

    /// <summary>With <c>-d</c>, nothing but defaults.</summary>
    public ParameterSet Main { get; }

    public ParameterUsage Usage { get; }

    public static ShownConfiguration Load(PostconfOptions options, CommandLog log)
    {
        var directory = options.ConfigDirectory ?? ConfigurationDirectory.Find();
        var main = (options.Has(PostconfOption.Defaults) ? ParameterSet.Parse("", ConfigurationDirectory.Default) : LoadMain(directory, options, log))
            .With(new ProcessIdentity(PostconfOptions.Name));
        var services = LoadMaster(directory, mustExist: options.Mode != PostconfOption.Main, log);
        WorkOutDefaults(main, log);
        var usage = ParameterUsage.Analyze(main, services, problem => log.Warning($"main.cf: {problem}"), (name, malformed) =>
            throw (name == Parameters.SmtpdRestrictionClasses.Name ? Malformed(malformed, log) : malformed));
        return new ShownConfiguration(directory, main, usage);
    }

    // Postfix works these out before it does anything else, and gives up when it cannot.
    private static void WorkOutDefaults(ParameterSet main, CommandLog log)
    {
        try
        {
            _ = main.Find(Parameters.Mydomain.Name);
            _ = main.Find(Parameters.Myhostname.Name);
            OwnNetworks.CheckDefault(main);
        }
        catch (MacroException e) when (!e.Problem.StartsWith("malformed compatibility level", StringComparison.Ordinal))
        {
            throw Malformed(e, log);
        }
    }

    private static CommandException Malformed(MacroException e, CommandLog log)
    {
        log.Warning(e.Problem);
        return new CommandException("dictionary mail_dict: macro processing error");
    }

    /// <summary>The lines of master.cf. <paramref name="mustExist"/> makes a missing file fatal rather than a warning.</summary>
    private static List<ServiceLine> LoadMaster(string directory, bool mustExist, CommandLog log)
    {
        var path = $"{directory}/master.cf";
        var lines = new List<ServiceLine>();
        string text;
        try
        {
            text = ReadText(path);
        }
        catch (ConfigurationException e) when (!mustExist)
        {
            log.Warning(e.Problem);
            return lines;
        }

        var reader = new LogicalLineReader(text);
        while (reader.TryRead(out var line))
        {
            if (line.IsStray)
            {
                log.Warning(line.StrayWarning(path));
                continue;
            }

            var position = new SourcePosition(path, line.FirstLine);
            lines.Add(ServiceLine.Parse(line.Text, position, log.Warning)
                ?? throw new CommandException($"file {path}: line {line.FirstLine}: bad field count"));
        }

        return lines;
    }

    private static ParameterSet LoadMain(string directory, PostconfOptions options, CommandLog log)
    {
        var path = $"{directory}/main.cf";
        var main = ParameterSet.From(MainCfFile.Parse(ReadText(path), path), directory);
        foreach (var warning in main.Warnings)
        {
            log.Warning(warning);
        }

        // A directory that was asked for is a setting like any other.
        var isChosen = options.ConfigDirectory != null || Environment.GetEnvironmentVariable(ConfigurationDirectory.Variable) is { Length: > 0 };
        if (isChosen && !main.IsSet(Parameters.ConfigDirectory))
        {
            main = main.With([new(Parameters.ConfigDirectory.Name, directory)]);
        }

        return main.With(options.Overrides);
    }

    // Whatever the bytes are, they come out again as they went in.
    private static string ReadText(string path) => RawText.Decode(ConfigurationFile.ReadBytes(path));
}
