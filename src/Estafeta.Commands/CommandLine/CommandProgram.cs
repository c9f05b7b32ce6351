using System.Text;
using Estafeta.Configuration;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;

namespace Estafeta.Commands.CommandLine;

/// <summary>What commands have around them: a log, the configuration, and failures turned into a <c>fatal:</c> line and an exit code.</summary>
public static class CommandProgram
{
    /// <param name="name">For log lines: <c>postmap</c>.</param>
    /// <param name="body">The command; returns its exit code.</param>
    /// <param name="streams">Null: the process's own.</param>
    /// <param name="fatalExitCode">When the configuration cannot be used, or the system refuses something.</param>
    public static async Task<int> RunAsync(string name, Func<CommandLog, Task<int>> body, CommandStreams? streams = null, int fatalExitCode = 1)
    {
        using var log = new CommandLog(name, streams ?? CommandStreams.Standard());
        try
        {
            return await body(log);
        }
        catch (CommandException e)
        {
            if (e.Preface != null)
            {
                log.Streams.Error.Write(Encoding.UTF8.GetBytes(e.Preface + "\n"));
            }

            log.Write(LogSeverity.Fatal, e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is ConfigurationException or UnixException)
        {
            log.Write(LogSeverity.Fatal, e.Message);
            return fatalExitCode;
        }
    }

    /// <summary>main.cf of <c>-c</c>, else of MAIL_CONFIG, else of /etc/postfix; and the log learns of it.</summary>
    public static ParameterSet Load(string? configDirectory, CommandLog log)
    {
        var parameters = ParameterSet.Load(configDirectory ?? ConfigurationDirectory.Find());
        log.Configure(parameters);
        return parameters;
    }

    /// <summary>A bad option: getopt's line as it is, then the usage as fatal.</summary>
    public static CommandException Usage(string name, OptionReader options, string usage, int exitCode = 1) =>
        new($"usage: {name} {usage}", exitCode) { Preface = options.Error == null ? null : $"{name}: {options.Error}" };
}
