using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.Hosting;

/// <summary>
/// debugger_command: what a program started with <c>-D</c> runs before it does anything. The shell's command ends with <c>&amp; sleep 5</c>, so that a debugger has
/// time to attach; nothing goes on until it returns.
/// </summary>
public static class DebuggerCommand
{
    private const string Shell = "/bin/sh";

    /// <param name="parameters">Of the program: <c>$process_name</c> and <c>$process_id</c> are its own.</param>
    public static void Run(ParameterSet parameters, IMailLog log)
    {
        var command = parameters.Get(Parameters.DebuggerCommand);
        if (command.Length == 0)
        {
            log.Warning("started with -D, but debugger_command is empty");
            return;
        }

        try
        {
            using var shell = ChildProcess.Spawn(new SpawnRequest
            {
                Path = Shell,
                Arguments = [Shell, "-c", command],
                Environment = SpawnRequest.CurrentEnvironment(),
                Descriptors = [-1, -1, 2],
            });
            var status = shell.Wait();
            if (!status.IsSuccess)
            {
                log.Warning($"debugger_command: {status}");
            }
        }
        catch (UnixException e)
        {
            log.Warning($"debugger_command: {e.Message}");
        }
    }
}
