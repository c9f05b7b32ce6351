using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Usage;
using Estafeta.Configuration.Validation;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Names that mean nothing, that nobody sets, that will go, that are not acted upon yet; and everything that does not parse.</summary>
internal static class NameRules
{
    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        foreach (var problem in configuration.Snapshot.SyntaxProblems.Concat(configuration.BadColumns))
        {
            yield return new("syntax", FindingSeverity.Error, problem.Position, problem.Problem, "correct the line");
        }

        foreach (var problem in configuration.Snapshot.ValueProblems)
        {
            yield return new("bad-value", FindingSeverity.Error, problem.Position, problem.Problem, "give the parameter a value it can have");
        }

        foreach (var warning in configuration.Main.Warnings.Concat(configuration.Snapshot.Master.Warnings))
        {
            yield return new("overridden", FindingSeverity.Warning, default, warning, "remove the entry that does not count");
        }

        foreach (var (warning, position) in configuration.Usage.Comments)
        {
            yield return new("comment-in-value", FindingSeverity.Warning, position, warning, "put the comment on a line of its own");
        }

        foreach (var finding in Unused(configuration).Concat(Undefined(configuration)).Concat(Fading(configuration)).Concat(OldDefaults(configuration)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Unused(CheckedConfiguration configuration)
    {
        foreach (var name in configuration.Usage.UnusedInMain())
        {
            yield return Unknown(name, configuration.Main.PositionOf(name));
        }

        foreach (var service in configuration.Usage.Services)
        {
            foreach (var name in configuration.Usage.UnusedIn(service))
            {
                yield return Unknown(name, service.Line.Position);
            }
        }
    }

    private static Finding Unknown(string name, Configuration.SourcePosition position)
    {
        var nearest = NearestName.Of(name, Parameters.All.Select(p => p.Name));
        return new("unknown-parameter", FindingSeverity.Warning, position, $"{name} is no parameter, and nothing refers to it",
            nearest == null ? "remove it" : $"write {nearest}, or remove it");
    }

    private static IEnumerable<Finding> Undefined(CheckedConfiguration configuration)
    {
        foreach (var name in configuration.Usage.UndefinedInMain.Concat(configuration.Usage.UndefinedInServices))
        {
            var user = configuration.Main.SetNames.FirstOrDefault(n => (configuration.Main.Find(n) ?? "").Contains(name, StringComparison.Ordinal));
            var position = user == null ? default : configuration.Main.PositionOf(user);
            var nearest = NearestName.Of(name, Parameters.All.Select(p => p.Name).Concat(configuration.Main.SetNames));
            yield return new("undefined-macro", FindingSeverity.Warning, position, $"${name} is set nowhere and expands to nothing",
                nearest == null ? $"set {name}" : $"write ${nearest}, or set {name}");
        }
    }

    // Worth a look before the level is raised.
    private static IEnumerable<Finding> OldDefaults(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        var position = main.PositionOf(Parameters.CompatibilityLevel.Name);
        if (configuration.Snapshot.ValueProblems.Any(p => p.Problem.Contains("compatibility level", StringComparison.Ordinal)))
        {
            yield break;
        }

        foreach (var (parameter, value, current) in Compatibility.OldDefaults(main))
        {
            yield return new("old-default", FindingSeverity.Note, position, $"with compatibility_level {Compatibility.LevelOf(main)}, {parameter.Name} is \"{value}\"; it will be \"{current}\"",
                $"set {parameter.Name} to what it shall be, then compatibility_level = {Compatibility.Current}");
        }
    }

    private static IEnumerable<Finding> Fading(CheckedConfiguration configuration)
    {
        var settings = configuration.Main.SetNames.Order(StringComparer.Ordinal).Where(n => configuration.Usage.ClassOf(n) != ParameterClass.None).Select(n => (Name: n, Position: configuration.Main.PositionOf(n)))
            .Concat(configuration.Usage.Services.SelectMany(s => s.Overrides.Keys.Order(StringComparer.Ordinal).Select(n => (n, s.Line.Position))));
        foreach (var (name, position) in settings)
        {
            if (DeprecatedParameters.Advice(name) is { } advice)
            {
                yield return new("deprecated", FindingSeverity.Warning, position, $"support for {name} will be removed", advice);
            }

            if (NotYetHonoured.Names.Contains(name))
            {
                yield return name.StartsWith("tlsproxy_", StringComparison.Ordinal)
                    ? new("not-honoured", FindingSeverity.Warning, position, $"{name} has no effect: there is no tlsproxy, smtp keeps its connections over TLS itself", "remove it")
                    : new("not-honoured", FindingSeverity.Warning, position, $"{name} is not acted upon yet", "do not rely on it");
            }
        }
    }
}
