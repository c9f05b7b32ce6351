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
            foreach (var name in Names(configuration, options.Classes))
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

    private static List<string> Names(ShownConfiguration configuration, ParameterClass classes)
    {
        var names = new List<string>();
        if (classes.HasFlag(ParameterClass.Builtin))
        {
            names.AddRange(Parameters.All.Select(p => p.Name).Where(n => configuration.Usage.ClassOf(n) == ParameterClass.Builtin));
        }

        if (classes.HasFlag(ParameterClass.Service))
        {
            names.AddRange(configuration.Usage.ServiceParameters.Keys);
        }

        if (classes.HasFlag(ParameterClass.User))
        {
            names.AddRange(configuration.Main.SetNames.Where(n => configuration.Usage.ClassOf(n) == ParameterClass.User));
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static bool IsKnown(string name, ShownConfiguration configuration) =>
        configuration.Usage.ClassOf(name) is not ParameterClass.None and var found
        && (found != ParameterClass.User || configuration.Main.IsSet(name));

    private static void Show(string name, ShownConfiguration configuration, PostconfOptions options, ConfigurationWriter output)
    {
        var main = configuration.Main;
        if (options.Has(PostconfOption.OnlySet) && (!main.IsSet(name) || Parameters.Find(name)?.IsComputed == true && IsReadOnly(name)))
        {
            return;
        }

        var parameter = Parameters.Find(name);
        var value = parameter is { IsBuiltin: true } || main.IsSet(name)
            ? main.Find(name) ?? ""
            : configuration.Usage.ServiceParameters.TryGetValue(name, out var service) ? service.Default : "";
        output.Setting(name, options.Has(PostconfOption.Expand) && parameter is not RawParameter && !output.HidesValues ? main.Expand(value) : value);
    }

    private static bool IsReadOnly(string name) => name is "process_name" or "process_id" or "service_name";
}
