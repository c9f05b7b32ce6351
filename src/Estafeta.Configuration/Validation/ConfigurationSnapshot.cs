using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.MainCf;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Configuration.Validation;

/// <summary>
/// main.cf and master.cf as they were at one moment, with everything that is wrong with them rather than the first thing. Start makes one; reload makes
/// one and, when it has problems, drops it: the configuration in use stays. Immutable.
/// </summary>
public sealed class ConfigurationSnapshot
{
    private ConfigurationSnapshot(
        ParameterSet main, MasterCfFile master, IReadOnlyList<ConfigurationException> syntaxProblems, IReadOnlyList<ConfigurationException> valueProblems)
    {
        Main = main;
        Master = master;
        SyntaxProblems = syntaxProblems;
        ValueProblems = valueProblems;
    }

    public ParameterSet Main { get; }

    public MasterCfFile Master { get; }

    /// <summary>Lines that are no settings and no services: nothing can start from such files.</summary>
    public IReadOnlyList<ConfigurationException> SyntaxProblems { get; }

    /// <summary>Values that their parameter cannot have.</summary>
    public IReadOnlyList<ConfigurationException> ValueProblems { get; }

    public bool IsGood => SyntaxProblems.Count == 0 && ValueProblems.Count == 0;

    public IEnumerable<ConfigurationException> Problems => SyntaxProblems.Concat(ValueProblems);

    /// <summary>What works, but not as it reads: double entries, and parameters that nothing here acts on yet.</summary>
    public IEnumerable<string> Warnings => Main.Warnings.Concat(Master.Warnings).Concat(NotHonoured());

    /// <summary>What an old compatibility_level decides in master.cf.</summary>
    public IEnumerable<string> Notices => Master.Entries.Where(e => e.IsChrootDefault && e.Chroot)
        .Select(e => $"{e.Position.File}: line {e.Line}: using backwards-compatible default setting chroot=y");

    /// <exception cref="ConfigurationException">A file cannot be read.</exception>
    public static ConfigurationSnapshot Load(string configDirectory)
    {
        var mainPath = Path.Combine(configDirectory, "main.cf");
        var masterPath = Path.Combine(configDirectory, "master.cf");
        return Parse(ConfigurationFile.ReadText(mainPath), ConfigurationFile.ReadText(masterPath), configDirectory);
    }

    public static ConfigurationSnapshot Parse(string mainCf, string masterCf, string configDirectory)
    {
        var syntax = new List<ConfigurationException>();
        var main = ParameterSet.From(MainCfFile.Parse(mainCf, Path.Combine(configDirectory, "main.cf"), syntax.Add), configDirectory);
        var master = MasterCfFile.Parse(masterCf, Path.Combine(configDirectory, "master.cf"), syntax.Add, Compatibility.LevelOf(main) < Compatibility.NoChroot);
        var values = ValueCheck.Problems(main, main.SetNames).ToList();
        foreach (var service in master.Entries)
        {
            if (service.Overrides.Count > 0)
            {
                values.AddRange(ValueCheck.Problems(main.With(service), service.Overrides.Select(o => o.Key).Distinct(StringComparer.Ordinal)));
            }
        }

        return new ConfigurationSnapshot(main, master, syntax, values);
    }

    /// <exception cref="ConfigurationException">There are problems: the first.</exception>
    public void RequireGood()
    {
        if (Problems.FirstOrDefault() is { } problem)
        {
            throw problem;
        }
    }

    private IEnumerable<string> NotHonoured() =>
        Main.SetNames.Where(NotYetHonoured.Names.Contains).Order(StringComparer.Ordinal).Select(name => (Name: name, Position: Main.PositionOf(name)))
            .Concat(Master.Entries.SelectMany(e => e.Overrides.Where(o => NotYetHonoured.Names.Contains(o.Key)).Select(o => (Name: o.Key, e.Position))))
            .Select(setting => $"{setting.Position}: parameter \"{setting.Name}\" is set, but not yet acted upon");
}
