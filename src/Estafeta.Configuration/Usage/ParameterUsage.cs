using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Configuration.Macros;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Configuration.Usage;

/// <summary>
/// Which names of main.cf and of <c>-o</c> options mean something. Built-in and service names do; any other is used when a <c>$name</c> somewhere
/// refers to it, when it is a restriction class, or when it is a setting of a table. What is left is most often misspelt.
/// </summary>
/// <remarks>
/// A reference in main.cf reaches main.cf and every service that sets the name; one in a service's options reaches that service first.
/// </remarks>
public sealed class ParameterUsage
{
    private readonly ParameterSet _main;
    private readonly Action<string> _warn;
    private readonly Action<string, MacroException> _onMalformed;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TransportParameter> _serviceParameters = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _undefinedInMain = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _undefinedInServices = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, string Path), SourcePosition> _tableFiles = [];
    private readonly List<(string Warning, SourcePosition Position)> _comments = [];

    private ParameterUsage(ParameterSet main, IEnumerable<ServiceLine> services, Action<string> warn, Action<string, MacroException> onMalformed)
    {
        _main = main;
        _warn = warn;
        _onMalformed = onMalformed;
        Services = [.. services.Select(line => new ServiceScope(line))];
    }

    public IReadOnlyList<ServiceScope> Services { get; }

    /// <summary>The parameters that services bring with them, by full name.</summary>
    public IReadOnlyDictionary<string, TransportParameter> ServiceParameters => _serviceParameters;

    /// <summary>Names that main.cf refers to and nobody sets, in order.</summary>
    public IReadOnlyCollection<string> UndefinedInMain => _undefinedInMain;

    public IReadOnlyCollection<string> UndefinedInServices => _undefinedInServices;

    /// <summary>The files that tables take their settings from, and where the first table that names one is.</summary>
    public IReadOnlyDictionary<(string Type, string Path), SourcePosition> TableFiles => _tableFiles;

    /// <summary>What reads like a comment and is part of a value: Postfix's warnings, and where each is.</summary>
    public IReadOnlyList<(string Warning, SourcePosition Position)> Comments => _comments;

    /// <param name="main">main.cf.</param>
    /// <param name="services">master.cf.</param>
    /// <param name="warn">Told about unbalanced braces.</param>
    /// <param name="onMalformed">Told the name of a parameter whose macros are malformed, and how; it may throw.</param>
    public static ParameterUsage Analyze(
        ParameterSet main, IEnumerable<ServiceLine> services, Action<string> warn, Action<string, MacroException> onMalformed)
    {
        var usage = new ParameterUsage(main, services, warn, onMalformed);
        usage.AddServiceParameters();
        usage.UseRestrictionClasses();
        usage.UseReferencesOfDefaults();
        usage.UseReferencesOfMain();
        usage.UseReferencesOfServices();
        return usage;
    }

    /// <summary>The class of a name set in main.cf; none when nothing uses it.</summary>
    public ParameterClass ClassOf(string name) =>
        _serviceParameters.ContainsKey(name) ? ParameterClass.Service
        : Parameters.Find(name) is { IsBuiltin: true } and not TransportParameter ? ParameterClass.Builtin
        : _used.Contains(name) ? ParameterClass.User
        : ParameterClass.None;

    /// <summary>The names that main.cf sets for nobody, in order.</summary>
    public IEnumerable<string> UnusedInMain() =>
        _main.SetNames.Where(name => ClassOf(name) == ParameterClass.None && !ComputedDefaults.IsReadOnly(name)).Order(StringComparer.Ordinal);

    /// <summary>The names that a service's options set for nobody, in order.</summary>
    public IEnumerable<string> UnusedIn(ServiceScope service) =>
        service.Overrides.Keys.Where(name => !service.Uses(name) && ClassOf(name) == ParameterClass.None).Order(StringComparer.Ordinal);

    private bool IsKnown(string name) => ClassOf(name) is ParameterClass.Builtin or ParameterClass.Service;

    // Nobody needs to set it.
    private bool IsDefined(string name) => IsKnown(name) || Parameters.Find(name) is { IsLegacy: true };

    private void AddServiceParameters()
    {
        foreach (var service in Services)
        {
            foreach (var parameter in Catalogue.ServiceParameters.For(service.Line.Command))
            {
                _serviceParameters[parameter.NameFor(service.Line.Name)] = parameter;
            }
        }
    }

    private void UseRestrictionClasses()
    {
        var name = Parameters.SmtpdRestrictionClasses.Name;
        foreach (var restrictionClass in Classes(_main))
        {
            UseFromMain(restrictionClass, reportUndefined: true);
        }

        foreach (var service in Services)
        {
            if (service.Overrides.ContainsKey(name))
            {
                foreach (var restrictionClass in Classes(_main.With(service.Overrides)))
                {
                    UseFromService(service, restrictionClass, reportUndefined: true);
                }
            }
        }

        List<string> Classes(ParameterSet parameters) =>
            Guarded(name, () => WordList.Split(parameters.Expand(parameters.Find(name) ?? ""))) ?? [];
    }

    // The default of virtual_alias_maps refers to virtual_maps, whatever virtual_alias_maps is set to. Names that have a meaning of their own need no
    // such reference, and few others are set, so that nearly all defaults need not be read.
    private void UseReferencesOfDefaults()
    {
        var candidates = _main.SetNames.Concat(Services.SelectMany(s => s.Overrides.Keys)).Where(n => !IsKnown(n)).Distinct(StringComparer.Ordinal).ToList();
        if (candidates.Count == 0)
        {
            return;
        }

        foreach (var parameter in Parameters.All)
        {
            var text = parameter.Default;
            if (parameter is not RawParameter && parameter.IsBuiltin && text.Contains('$', StringComparison.Ordinal) && candidates.Exists(name => text.Contains(name, StringComparison.Ordinal)))
            {
                foreach (var name in MacroReferences.In(text))
                {
                    UseFromMain(name, reportUndefined: false);
                }
            }
        }
    }

    private void UseReferencesOfMain()
    {
        foreach (var parameter in _main.SetNames)
        {
            foreach (var name in References(parameter, _main.Find(parameter) ?? ""))
            {
                UseFromMain(name, reportUndefined: true);
            }
        }
    }

    private void UseReferencesOfServices()
    {
        foreach (var service in Services)
        {
            foreach (var (parameter, value) in service.Overrides)
            {
                foreach (var name in References(parameter, value))
                {
                    UseFromService(service, name, reportUndefined: true);
                }
            }
        }
    }

    /// <summary>
    /// The second half: which names are settings of tables, which files tables read, and what is a comment by mistake. Only parameters that have a meaning
    /// of their own are looked at, with their macros expanded.
    /// </summary>
    public void AnalyzeTables()
    {
        foreach (var name in _main.SetNames)
        {
            if (IsKnown(name) && Parameters.Find(name) is not RawParameter)
            {
                UseTables(name, _main.Find(name) ?? "", _main, setting => UseFromMain(setting, reportUndefined: false));
            }
        }

        foreach (var service in Services)
        {
            var parameters = service.Overrides.Count > 0 ? _main.With(service.Overrides) : _main;
            foreach (var (parameter, value) in service.Overrides)
            {
                if (IsKnown(parameter) && Parameters.Find(parameter) is not RawParameter)
                {
                    UseTables(parameter, value, parameters, name => UseFromService(service, name, reportUndefined: false), service.Line.Position);
                }
            }
        }
    }

    private void UseTables(string parameter, string value, ParameterSet parameters, Action<string> use, SourcePosition position = default)
    {
        if (CommentInValue.Warning(value) is { } warning)
        {
            _comments.Add((warning, position.IsKnown ? position : parameters.PositionOf(parameter)));
        }

        if (value.Length == 0 || Guarded(parameter, () => parameters.Expand(value)) is not { } expanded)
        {
            return;
        }

        foreach (var (type, name) in TableReferences.In(expanded, _warn))
        {
            if (TableSettings.For(type) is not { } settings)
            {
                continue;
            }

            if (name.StartsWith('/') || name.StartsWith('.'))
            {
                _tableFiles.TryAdd((type, name), position.IsKnown ? position : parameters.PositionOf(parameter));
                continue;
            }

            foreach (var setting in settings)
            {
                use($"{name}_{setting}");
            }
        }
    }

    private List<string> References(string parameter, string value) =>
        Parameters.Find(parameter) is RawParameter || !value.Contains('$', StringComparison.Ordinal)
            ? []
            : Guarded(parameter, () => MacroReferences.In(value)) ?? [];

    private void UseFromMain(string name, bool reportUndefined)
    {
        var found = _main.IsSet(name);
        if (found)
        {
            _used.Add(name);
        }

        foreach (var service in Services)
        {
            found |= service.TryUse(name);
        }

        if (!found && reportUndefined && !IsDefined(name))
        {
            _undefinedInMain.Add(name);
        }
    }

    private void UseFromService(ServiceScope service, string name, bool reportUndefined)
    {
        if (service.TryUse(name))
        {
            return;
        }

        if (_main.IsSet(name))
        {
            _used.Add(name);
        }
        else if (reportUndefined && !IsDefined(name))
        {
            _undefinedInServices.Add(name);
        }
    }

    private T? Guarded<T>(string parameter, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (MacroException e)
        {
            _onMalformed(parameter, e);
            return null;
        }
    }
}
