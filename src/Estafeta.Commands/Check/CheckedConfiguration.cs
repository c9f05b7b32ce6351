using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Usage;
using Estafeta.Configuration.Validation;
using Estafeta.Configuration.Values;

namespace Estafeta.Commands.Check;

/// <summary>The configuration that the rules look at: as the daemons would load it, and as text.</summary>
public sealed class CheckedConfiguration
{
    private CheckedConfiguration(ConfigurationSnapshot snapshot, ParameterUsage usage, IReadOnlyList<ConfigurationException> badColumns)
    {
        Snapshot = snapshot;
        Usage = usage;
        BadColumns = badColumns;
    }

    public ConfigurationSnapshot Snapshot { get; }

    public ParameterSet Main => Snapshot.Main;

    public ParameterUsage Usage { get; }

    /// <summary>Columns of master.cf that master understands, and not as they are meant: a wake-up time of 5m is five seconds.</summary>
    public IReadOnlyList<ConfigurationException> BadColumns { get; }

    /// <summary>main.cf as each entry of that program sees it.</summary>
    public IEnumerable<(ParameterSet Parameters, SourcePosition Position, string Owner)> Scopes(string command)
    {
        foreach (var entry in Snapshot.Master.Entries)
        {
            if (entry.Command == command)
            {
                yield return (Main.With(entry), entry.Position, $"{entry.Name}/{entry.TypeName}");
            }
        }
    }

    /// <exception cref="ConfigurationException">A file cannot be read.</exception>
    public static CheckedConfiguration Load(string directory) => Parse(
        ConfigurationFile.ReadText(Path.Combine(directory, "main.cf")), ConfigurationFile.ReadText(Path.Combine(directory, "master.cf")), directory);

    public static CheckedConfiguration Parse(string mainCf, string masterCf, string directory)
    {
        var snapshot = ConfigurationSnapshot.Parse(mainCf, masterCf, directory);
        var masterPath = Path.Combine(directory, "master.cf");
        var badColumns = new List<ConfigurationException>();
        var lines = Lines(masterCf, masterPath, badColumns.Add);

        // Malformed macros are among the snapshot's problems, and so are columns that nobody understands.
        var usage = ParameterUsage.Analyze(snapshot.Main, lines, static _ => { }, static (_, _) => { });
        usage.AnalyzeTables();
        badColumns.RemoveAll(c => snapshot.SyntaxProblems.Any(p => p.Problem.StartsWith($"{masterPath}: line {c.Position.Line}:", StringComparison.Ordinal)));
        return new CheckedConfiguration(snapshot, usage, badColumns);
    }

    /// <summary>The value expanded; empty where its macros are malformed, which is told elsewhere.</summary>
    public static string Value(ParameterSet parameters, string name)
    {
        try
        {
            return parameters.Expand(parameters.Find(name) ?? "");
        }
        catch (ConfigurationException)
        {
            return "";
        }
    }

    public static string Value(ParameterSet parameters, Parameter parameter) => Value(parameters, parameter.Name);

    public static List<string> Words(ParameterSet parameters, Parameter parameter) => WordList.Split(Value(parameters, parameter));

    /// <summary>False also where the value is neither, which is told elsewhere.</summary>
    public static bool IsYes(ParameterSet parameters, BooleanParameter parameter) => BooleanValue.TryParse(Value(parameters, parameter), out var value) && value;

    public bool HasService(string name, ServiceType type) => Snapshot.Master.Entries.Any(e => e.Name == name && e.Type == type);

    private static List<ServiceLine> Lines(string masterCf, string path, Action<ConfigurationException> onBadColumn)
    {
        var lines = new List<ServiceLine>();
        var reader = new LogicalLineReader(masterCf);
        while (reader.TryRead(out var line))
        {
            if (line.IsStray)
            {
                continue;
            }

            var position = new SourcePosition(path, line.FirstLine);
            try
            {
                if (ServiceLine.Parse(line.Text, position, static _ => { }) is { } service)
                {
                    lines.Add(service);
                }
            }
            catch (ConfigurationException e)
            {
                onBadColumn(new ConfigurationException(e.Problem, position));
            }
        }

        return lines;
    }
}
