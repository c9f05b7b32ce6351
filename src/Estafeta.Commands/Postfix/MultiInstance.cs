using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// With multi_instance_wrapper and multi_instance_directories set, the command is for all instances and the wrapper (postmulti -p) carries it out;
/// <c>-c</c> means just one (postfix-wrapper(5)).
/// </summary>
internal static class MultiInstance
{
    public static string? Wrapper(ParameterSet parameters)
    {
        var wrapper = parameters.Get(Parameters.MultiInstanceWrapper);
        return wrapper.Length > 0 && parameters.Get(Parameters.MultiInstanceDirectories).Length > 0 ? wrapper : null;
    }

    public static int Execute(string wrapper, PostfixOptions options)
    {
        // The value is a shell command: "${command_directory}/postmulti -p --".
        ProcessControl.Execute(
            "/bin/sh",
            ["sh", "-c", $"{wrapper} \"$@\"", "sh", options.Command, .. options.Arguments],
            SpawnRequest.CurrentEnvironment());
        return 1;
    }
}
