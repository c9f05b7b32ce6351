using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Macros;

namespace Estafeta.Configuration.Validation;

/// <summary>
/// compatibility_level: the version whose defaults the administrator has agreed to. Below the last level that changed one, old defaults are in use, which
/// Postfix says at each start.
/// </summary>
public static class Compatibility
{
    /// <summary>The last level that changed a default.</summary>
    public static readonly CompatibilityLevel Current = new(3, 11, 0);

    /// <summary>From here on services run without chroot unless master.cf asks for it.</summary>
    public static readonly CompatibilityLevel NoChroot = new(1, 0, 0);

    /// <summary>A level that is none counts as the current one: it is told elsewhere.</summary>
    public static CompatibilityLevel LevelOf(ParameterSet parameters)
    {
        try
        {
            return CompatibilityLevel.TryParse(parameters.Get(Parameters.CompatibilityLevel), out var level) ? level.Value : Current;
        }
        catch (MacroException)
        {
            return Current;
        }
    }

    /// <summary>What the postfix command logs when old defaults are in use.</summary>
    public static IEnumerable<string> Notices(ParameterSet parameters) => LevelOf(parameters) >= Current
        ? []
        :
        [
            "Postfix is using backwards-compatible default settings",
            "See https://www.postfix.org/COMPATIBILITY_README.html for details",
            $"To disable backwards compatibility use \"postconf compatibility_level={Current}\" and \"postfix reload\"",
        ];

    /// <summary>The parameters that have another default than at the current level, and nobody sets.</summary>
    public static IEnumerable<(Parameter Parameter, string Value, string CurrentValue)> OldDefaults(ParameterSet parameters)
    {
        foreach (var parameter in Parameters.All)
        {
            if (OldDefault(parameters, parameter) is { } found)
            {
                yield return (parameter, found.Value, found.CurrentValue);
            }
        }
    }

    /// <summary>Whether nobody sets the parameter, and its default is not the one of the current level: where that decides, daemons say so.</summary>
    public static bool HasOldDefault(ParameterSet parameters, Parameter parameter) => OldDefault(parameters, parameter) != null;

    private static (string Value, string CurrentValue)? OldDefault(ParameterSet parameters, Parameter parameter)
    {
        if (parameters.IsSet(parameter) || !parameter.Default.Contains("$" + Parameters.CompatibilityLevel.Name, StringComparison.Ordinal))
        {
            return null;
        }

        var current = parameters.With([new(Parameters.CompatibilityLevel.Name, Current.ToString())]);
        var (old, present) = (parameters.Expand(parameter.Default), current.Expand(parameter.Default));
        return old == present ? null : (old, present);
    }
}
