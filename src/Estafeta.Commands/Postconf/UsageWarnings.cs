using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.MainCf;
using Estafeta.Configuration.Usage;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postconf;

/// <summary>What postconf warns about beside a listing: names that mean nothing, that nobody sets, or that will go.</summary>
internal sealed class UsageWarnings(ShownConfiguration configuration, CommandLog log)
{
    private bool _foundDeprecated;

    /// <summary>Before the listing: names that are amiss whatever is listed.</summary>
    public static void WriteNames(ShownConfiguration configuration, CommandLog log)
    {
        var warnings = new UsageWarnings(configuration, log);
        warnings.ReadOnly();
        warnings.Undefined(configuration.MainPath, configuration.Usage.UndefinedInMain);
        warnings.Undefined(configuration.MasterPath, configuration.Usage.UndefinedInServices);
    }

    public static void WriteTables(ShownConfiguration configuration, CommandLog log)
    {
        foreach (var (warning, position) in configuration.Usage.Comments)
        {
            log.Warning($"{position.File ?? configuration.MainPath}: {warning}");
        }

        new UsageWarnings(configuration, log).TableFiles();
    }

    /// <summary>After it: what <c>-q</c> silences.</summary>
    public static void WriteLast(ShownConfiguration configuration, PostconfOptions options, CommandLog log)
    {
        if (options.IsQuiet)
        {
            return;
        }

        var warnings = new UsageWarnings(configuration, log);
        if (options.Mode == PostconfOption.Main)
        {
            warnings.Flagged(configuration.MainPath, warnings.MainNames());
        }

        warnings.Flagged(configuration.MasterPath, warnings.ServiceNames());
        if (warnings._foundDeprecated)
        {
            log.Warning("See https://www.postfix.org/DEPRECATION_README.html for details");
        }
    }

    private void Undefined(string path, IReadOnlyCollection<string> names)
    {
        foreach (var name in names)
        {
            log.Warning($"{path}: undefined parameter: {name}");
        }
    }

    private void ReadOnly()
    {
        foreach (var name in (string[])["process_id", "process_name", "service_name"])
        {
            if (configuration.Main.Written(name) is { } value)
            {
                log.Warning($"{configuration.MainPath}: read-only parameter assignment: {name}={value}");
            }
        }
    }

    private IEnumerable<(string Name, string Value, bool IsUnused)> MainNames()
    {
        var unused = configuration.Usage.UnusedInMain().ToHashSet(StringComparer.Ordinal);
        return configuration.Main.SetNames.Select(name => (name, configuration.Main.Find(name) ?? "", unused.Contains(name)));
    }

    private IEnumerable<(string Name, string Value, bool IsUnused)> ServiceNames()
    {
        foreach (var service in configuration.Usage.Services)
        {
            var unused = configuration.Usage.UnusedIn(service).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, value) in service.Overrides)
            {
                yield return (name, value, unused.Contains(name));
            }
        }
    }

    private void Flagged(string path, IEnumerable<(string Name, string Value, bool IsUnused)> names)
    {
        foreach (var (name, value, isUnused) in names.OrderBy(n => n.Name, StringComparer.Ordinal))
        {
            if (isUnused)
            {
                log.Warning($"{path}: unused parameter: {name}={value}");
            }
            else if (DeprecatedParameters.Advice(name) is { } advice)
            {
                log.Warning($"{path}: support for parameter \"{name}\" will be removed; instead, {advice}");
                _foundDeprecated = true;
            }
        }
    }

    private void TableFiles()
    {
        foreach (var (type, path) in configuration.Usage.TableFiles.Keys)
        {
            if (ReadTableFile(type, path) is not { } file)
            {
                continue;
            }

            var settings = TableSettings.For(type)!; // only such types are kept
            foreach (var entry in file.Entries.DistinctBy(e => e.Name).Where(e => !settings.Contains(e.Name)).OrderBy(e => e.Name, StringComparer.Ordinal))
            {
                log.Warning($"{type}:{path}: unused parameter: {entry.Name}={entry.Value}");
            }
        }
    }

    private MainCfFile? ReadTableFile(string type, string path)
    {
        var open = $"open \"{type}\" configuration \"{path}\"";
        if (Directory.Exists(path))
        {
            log.Warning($"{open}: not a regular file");
            return null;
        }

        try
        {
            return MainCfFile.Parse(RawText.Decode(ConfigurationFile.ReadBytes(path)), path);
        }
        catch (ConfigurationException e) when (e.Problem.StartsWith("open ", StringComparison.Ordinal))
        {
            log.Warning($"{open}: {e.Problem[(e.Problem.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]}");
            return null;
        }
    }
}
