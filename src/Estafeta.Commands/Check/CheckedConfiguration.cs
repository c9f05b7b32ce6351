using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.Macros;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Usage;
using Estafeta.Configuration.Validation;
using Estafeta.Configuration.Values;

namespace Estafeta.Commands.Check;

/// <summary>The configuration that the rules look at: as the daemons would load it, and as text.</summary>
public sealed class CheckedConfiguration
{
    private CheckedConfiguration(ConfigurationSnapshot snapshot, ParameterUsage usage, IReadOnlyList<(string Name, MacroException Problem)> malformed)
    {
        Snapshot = snapshot;
        Usage = usage;
        Malformed = malformed;
    }

    public ConfigurationSnapshot Snapshot { get; }

    public ParameterSet Main => Snapshot.Main;

    public ParameterUsage Usage { get; }

    public IReadOnlyList<(string Name, MacroException Problem)> Malformed { get; }

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
        var malformed = new List<(string, MacroException)>();
        var usage = ParameterUsage.Analyze(snapshot.Main, Lines(masterCf, Path.Combine(directory, "master.cf")), static _ => { }, (name, e) => malformed.Add((name, e)));
        usage.AnalyzeTables();
        return new CheckedConfiguration(snapshot, usage, malformed);
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

    private static List<ServiceLine> Lines(string masterCf, string path)
    {
        var lines = new List<ServiceLine>();
        var reader = new LogicalLineReader(masterCf);
        while (reader.TryRead(out var line))
        {
            if (line.IsStray)
            {
                continue;
            }

            try
            {
                if (ServiceLine.Parse(line.Text, new SourcePosition(path, line.FirstLine), static _ => { }) is { } service)
                {
                    lines.Add(service);
                }
            }
            catch (ConfigurationException)
            {
                // The snapshot has it among its syntax problems.
            }
        }

        return lines;
    }
}
