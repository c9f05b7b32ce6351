using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.MainCf;
using Estafeta.Configuration.Macros;
using Estafeta.Configuration.MasterCf;
using Estafeta.Configuration.Values;

namespace Estafeta.Configuration;

/// <summary>
/// The parameters of one service: main.cf, overridden by the service's own <c>-o</c> options, with Postfix's defaults below.
/// Immutable and thread-safe; a reload makes a new one. Every daemon reads its settings record from it once.
/// A value is expanded and checked when it is read; what is wrong is told in Postfix's words with file and line.
/// </summary>
public sealed class ParameterSet
{
    private readonly Dictionary<string, Setting> _settings;
    private readonly ProcessIdentity _process;
    private readonly ComputedDefaults _computed;

    private ParameterSet(string configDirectory, Dictionary<string, Setting> settings, IReadOnlyList<string> warnings, ProcessIdentity process)
    {
        ConfigDirectory = configDirectory;
        _settings = settings;
        Warnings = warnings;
        _process = process;
        _computed = new ComputedDefaults(this, process);
    }

    public string ConfigDirectory { get; }

    /// <summary>What Postfix warns about while it reads main.cf: entries written twice, a first line that continues nothing.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The names that main.cf or <c>-o</c> sets, in no order.</summary>
    public IReadOnlyCollection<string> SetNames => _settings.Keys;

    /// <exception cref="ConfigurationException">main.cf cannot be read or is malformed.</exception>
    public static ParameterSet Load(string configDirectory)
    {
        var path = Path.Combine(configDirectory, "main.cf");
        return From(MainCfFile.Parse(ConfigurationFile.ReadText(path), path), configDirectory);
    }

    public static ParameterSet Parse(string text, string configDirectory = "/etc/postfix") =>
        From(MainCfFile.Parse(text, Path.Combine(configDirectory, "main.cf")), configDirectory);

    public static ParameterSet From(MainCfFile file, string configDirectory)
    {
        var settings = new Dictionary<string, Setting>(file.Entries.Count, StringComparer.Ordinal);
        foreach (var entry in file.Entries)
        {
            settings[entry.Name] = new Setting(entry.Value, entry.Position);
        }

        return new ParameterSet(configDirectory, settings, file.Warnings, ProcessIdentity.Own);
    }

    /// <summary>The same parameters with a service's <c>-o name=value</c> on top.</summary>
    public ParameterSet With(IEnumerable<KeyValuePair<string, string>> overrides) => With(overrides, default, _process);

    /// <summary>The same parameters as the service of master.cf sees them: its <c>-o</c> options on top, its names in <c>$service_name</c> and <c>$process_name</c>.</summary>
    public ParameterSet With(MasterEntry service) =>
        With(service.Overrides, service.Position, new ProcessIdentity(Path.GetFileName(service.Command), service.Name));

    /// <summary>The same parameters with other values of <c>$process_name</c> and <c>$service_name</c>.</summary>
    public ParameterSet With(ProcessIdentity process) => new(ConfigDirectory, _settings, Warnings, process);

    /// <summary>Whether main.cf or <c>-o</c> sets it, even to its default.</summary>
    public bool IsSet(Parameter parameter) => _settings.ContainsKey(parameter.Name);

    public bool IsSet(string name) => _settings.ContainsKey(name);

    /// <summary>What main.cf or <c>-o</c> says, even where that does not count (<c>process_name</c>); null when they do not.</summary>
    public string? Written(string name) => _settings.TryGetValue(name, out var setting) ? setting.Value : null;

    /// <summary>Where the name was last set; unknown for a default.</summary>
    public SourcePosition PositionOf(string name) => _settings.TryGetValue(name, out var setting) ? setting.Position : default;

    public string Get(StringParameter parameter) =>
        Checked(parameter.Name, Expanded(parameter), parameter.MinimumLength, parameter.MaximumLength);

    /// <summary>The value as written: its reader expands it, with names of its own.</summary>
    public string Get(RawParameter parameter) =>
        Checked(parameter.Name, Find(parameter.Name) ?? parameter.Default, parameter.MinimumLength, parameter.MaximumLength);

    public bool Get(BooleanParameter parameter)
    {
        var text = Expanded(parameter);
        return BooleanValue.TryParse(text, out var value) ? value : throw Wrong(parameter.Name, BooleanValue.Problem(parameter.Name, text));
    }

    public int Get(IntegerParameter parameter) =>
        (int)Number(parameter.Name, Expanded(parameter), int.MinValue, int.MaxValue, parameter.Minimum, parameter.Maximum);

    public long Get(LongParameter parameter) =>
        Number(parameter.Name, Expanded(parameter), long.MinValue, long.MaxValue, parameter.Minimum, parameter.Maximum);

    public TimeSpan Get(TimeParameter parameter) =>
        Time(parameter.Name, Expanded(parameter), parameter.Default, parameter.Minimum, parameter.Maximum);

    /// <summary>The transport's own setting, else the default that all transports share.</summary>
    public string Get(TransportParameter parameter, string transport)
    {
        var name = parameter.NameFor(transport);
        return Expand(name, Find(name) ?? parameter.Default);
    }

    public int GetInteger(TransportParameter parameter, string transport) =>
        (int)Number(parameter.NameFor(transport), Get(parameter, transport), int.MinValue, int.MaxValue, 0, 0);

    public TimeSpan GetTime(TransportParameter parameter, string transport) =>
        Time(parameter.NameFor(transport), Get(parameter, transport), "s", 0, 0);

    /// <summary>The value as written or, when nobody sets it, its default unexpanded; null when neither main.cf nor the catalogue knows the name.</summary>
    public string? Find(string name)
    {
        if (!ComputedDefaults.IsReadOnly(name) && _settings.TryGetValue(name, out var setting))
        {
            return setting.Value;
        }

        try
        {
            return _computed.Find(name) ?? Parameters.Find(name)?.Default;
        }
        catch (InvalidOperationException)
        {
            // What Lazy throws when a computed value is made of itself.
            throw new MacroException($"unreasonable macro call nesting: \"{name}\"");
        }
    }

    /// <summary>Expands macros, those of macro values included, until nothing is left to expand.</summary>
    /// <exception cref="MacroException">Bad syntax, or a name that refers to itself.</exception>
    public string Expand(string text) => MacroExpander.Expand(text, Find, MacroOptions.Recursive);

    /// <summary>An error about the parameter, with the place where it is set.</summary>
    public ConfigurationException Wrong(string name, string problem) => new(problem, PositionOf(name));

    private ParameterSet With(IEnumerable<KeyValuePair<string, string>> overrides, SourcePosition position, ProcessIdentity process)
    {
        var settings = new Dictionary<string, Setting>(_settings, StringComparer.Ordinal);
        foreach (var (name, value) in overrides)
        {
            settings[name] = new Setting(value, position);
        }

        return new ParameterSet(ConfigDirectory, settings, Warnings, process);
    }

    private string Expanded(Parameter parameter) => Expand(parameter.Name, Find(parameter.Name) ?? parameter.Default);

    private string Expand(string name, string value)
    {
        try
        {
            return Expand(value);
        }
        catch (MacroException e) when (!e.Position.IsKnown)
        {
            throw new MacroException(e.Problem, PositionOf(name));
        }
    }

    private string Checked(string name, string value, int minimum, int maximum) =>
        TextValue.LengthProblem(name, value, minimum, maximum) is { } problem ? throw Wrong(name, problem) : value;

    private long Number(string name, string text, long smallest, long largest, long minimum, long maximum)
    {
        var value = NumberValue.Parse(text, smallest, largest) ?? throw Wrong(name, NumberValue.Problem(name, text));
        return NumberValue.RangeProblem(name, value, minimum, maximum) is { } problem ? throw Wrong(name, problem) : value;
    }

    private TimeSpan Time(string name, string text, string defaultValue, int minimum, int maximum)
    {
        var unit = TimeValue.UnitOf(defaultValue.Contains('$', StringComparison.Ordinal) ? Expand(defaultValue) : defaultValue);
        var seconds = TimeValue.Parse(text, unit) ?? throw Wrong(name, TimeValue.Problem(name, text));
        return TimeValue.RangeProblem(name, seconds, minimum, maximum) is { } problem ? throw Wrong(name, problem) : TimeSpan.FromSeconds(seconds);
    }

    private readonly record struct Setting(string Value, SourcePosition Position);
}
