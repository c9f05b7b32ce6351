using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Usage;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postconf.Show;

/// <summary>The parameters of main.cf, by name in byte order, or those asked for in the order asked.</summary>
internal static class ParameterListing
{
    public static void Show(ShownConfiguration configuration, PostconfOptions options, ConfigurationWriter output, CommandLog log)
    {
        if (options.Operands.Count == 0)
        {
            foreach (var name in Names(configuration, options))
            {
                Show(name, configuration, options, output);
            }

            return;
        }

        foreach (var name in options.Operands)
        {
            if (IsKnown(name, configuration))
            {
                Show(name, configuration, options, output);
            }
            else
            {
                output.Flush();
                log.Warning($"{name}: unknown parameter");
            }
        }
    }

    private static List<string> Names(ShownConfiguration configuration, PostconfOptions options)
    {
        // With -n, what main.cf does not set is not looked at: most of the catalogue.
        var names = options.Has(PostconfOption.OnlySet) ? [.. configuration.Main.SetNames] : AllNames(configuration);
        names.RemoveAll(name => configuration.Usage.ClassOf(name) is var found && (found == ParameterClass.None || !options.Classes.HasFlag(found)));
        names.Sort(string.CompareOrdinal);
        return names;
    }

    public static List<string> AllNames(ShownConfiguration configuration)
    {
        var names = new HashSet<string>(Parameters.All.Count, StringComparer.Ordinal);
        foreach (var parameter in Parameters.All)
        {
            names.Add(parameter.Name);
        }

        names.UnionWith(configuration.Usage.ServiceParameters.Keys);
        names.UnionWith(configuration.Main.SetNames);
        return [.. names];
    }

    private static bool IsKnown(string name, ShownConfiguration configuration) => configuration.Usage.ClassOf(name) switch
    {
        ParameterClass.None => Parameters.Find(name) is { IsLegacy: true },
        ParameterClass.User => configuration.Main.IsSet(name),
        _ => true,
    };

    private static void Show(string name, ShownConfiguration configuration, PostconfOptions options, ConfigurationWriter output)
    {
        var main = configuration.Main;
        if (options.Has(PostconfOption.OnlySet) && (!main.IsSet(name) || Parameters.Find(name)?.IsComputed == true && IsReadOnly(name)))
        {
            return;
        }

        var value = ValueOf(name, configuration);
        output.Setting(name, options.Has(PostconfOption.Expand) && !IsRaw(name) && !output.HidesValues ? main.Expand(value) : value);
    }

    /// <summary>What main.cf sets, else the default; not expanded.</summary>
    public static string ValueOf(string name, ShownConfiguration configuration) =>
        Parameters.Find(name) is { IsBuiltin: true } || configuration.Main.IsSet(name)
            ? configuration.Main.Find(name) ?? ""
            : configuration.Usage.ServiceParameters.TryGetValue(name, out var service) ? service.Default : "";

    /// <summary>Its reader expands it, with names of its own.</summary>
    public static bool IsRaw(string name) => Parameters.Find(name) is RawParameter;

    private static bool IsReadOnly(string name) => name is "process_name" or "process_id" or "service_name";
}
