using System.Globalization;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postmulti;

/// <summary>Runs a program for an instance, in the environment that says which one, and waits for it.</summary>
internal static class InstanceCommand
{
    /// <summary>Exit status; that of a shell for a death by signal.</summary>
    public static int Run(Instance instance, IReadOnlyList<string> command, int verbosity = 0)
    {
        var commands = instance.Parameters.Get(Parameters.CommandDirectory);
        var path = ProgramPath.Find(command[0], commands) ?? throw new CommandException($"{command[0]}: No such file or directory");
        using var child = ChildProcess.Spawn(new SpawnRequest
        {
            Path = path,
            Arguments = command,
            Environment = EnvironmentOf(instance, commands, verbosity),
            Descriptors = [0, 1, 2],
        });
        var status = child.Wait();
        return status.Signal != 0 ? 128 + status.Signal : status.Code;
    }

    /// <summary>postfix(1) for this instance alone.</summary>
    public static int Postfix(Instance instance, IReadOnlyList<string> arguments, int verbosity = 0) => Run(
        instance,
        [
            Path.Combine(instance.Parameters.Get(Parameters.CommandDirectory), "postfix"),
            .. Enumerable.Repeat("-v", verbosity),
            "-c",
            instance.ConfigDirectory,
            .. arguments,
        ]);

    private static List<string> EnvironmentOf(Instance instance, string commands, int verbosity)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [ConfigurationDirectory.Variable] = instance.ConfigDirectory,
            ["config_directory"] = instance.ConfigDirectory,
            ["command_directory"] = commands,
            ["daemon_directory"] = instance.Parameters.Get(Parameters.DaemonDirectory),
            ["queue_directory"] = instance.QueueDirectory,
            ["data_directory"] = instance.DataDirectory,
            ["multi_instance_name"] = instance.Name,
            ["multi_instance_group"] = instance.Group,
            ["multi_instance_enable"] = instance.IsEnabled ? "yes" : "no",
            ["PATH"] = $"{commands}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        if (verbosity > 0)
        {
            variables["MAIL_VERBOSE"] = verbosity.ToString(CultureInfo.InvariantCulture);
        }

        var environment = SpawnRequest.CurrentEnvironment();
        environment.RemoveAll(v => variables.ContainsKey(v[..v.IndexOf('=', StringComparison.Ordinal)]));
        environment.AddRange(variables.Select(v => $"{v.Key}={v.Value}"));
        return environment;
    }
}
