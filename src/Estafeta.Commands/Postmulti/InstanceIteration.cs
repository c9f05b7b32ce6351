using System.Globalization;
using System.Text;
using System.Text.Json;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Postmulti;

/// <summary><c>postmulti -l</c>, <c>-p</c> and <c>-x</c>: the same for every selected instance; the last failure is the exit status.</summary>
internal static class InstanceIteration
{
    public static int List(IReadOnlyList<Instance> instances, PostmultiOptions options, CommandLog log)
    {
        foreach (var instance in Ordered(instances, options.IsReverse))
        {
            log.Streams.Output.Write(Encoding.UTF8.GetBytes((options.IsJson ? JsonOf(instance) : LineOf(instance)) + "\n"));
        }

        return 0;
    }

    /// <summary>
    /// The postfix-wrapper(5) interface: what starts checks disabled instances, what stops goes the other way round, and what controls leaves
    /// disabled ones alone.
    /// </summary>
    public static int Postfix(IReadOnlyList<Instance> instances, PostmultiOptions options, InstanceList all)
    {
        var command = options.Operands[0];
        var isStart = IsOneOf(command, all.Primary, Parameters.PostmultiStartCommands);
        var isStop = IsOneOf(command, all.Primary, Parameters.PostmultiStopCommands);
        var isControl = IsOneOf(command, all.Primary, Parameters.PostmultiControlCommands);
        var result = 0;
        foreach (var instance in Ordered(instances, isStop))
        {
            if (!instance.IsEnabled && (isStop || isControl))
            {
                continue;
            }

            var arguments = !instance.IsEnabled && isStart ? ["check"] : options.Operands;
            result = InstanceCommand.Postfix(instance, arguments, options.Verbosity) is var status and not 0 ? status : result;
        }

        return result;
    }

    public static int Command(IReadOnlyList<Instance> instances, PostmultiOptions options)
    {
        var result = 0;
        foreach (var instance in Ordered(instances, options.IsReverse))
        {
            result = InstanceCommand.Run(instance, options.Operands, options.Verbosity) is var status and not 0 ? status : result;
        }

        return result;
    }

    private static IEnumerable<Instance> Ordered(IReadOnlyList<Instance> instances, bool isReverse) => isReverse ? instances.Reverse() : instances;

    private static bool IsOneOf(string command, Instance primary, StringParameter list) =>
        WordList.Split(primary.Parameters.Get(list)).Contains(command);

    private static string LineOf(Instance instance) => string.Create(
        CultureInfo.InvariantCulture,
        $"{OrNone(instance.Name),-15} {OrNone(instance.Group),-15} {(instance.IsEnabled ? "y" : "n"),-9} {instance.ConfigDirectory}");

    private static string JsonOf(Instance instance)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("name", OrNone(instance.Name));
            json.WriteString("group", OrNone(instance.Group));
            json.WriteString("enabled", instance.IsEnabled ? "y" : "n");
            json.WriteString("config_directory", instance.ConfigDirectory);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static string OrNone(string text) => text.Length > 0 ? text : "-";
}
