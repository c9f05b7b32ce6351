using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Smtpd.StandAlone;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Sendmail;

/// <summary>
/// sendmail(1), mailq(1) and newaliases(1): Sendmail's command line on top of Postfix's commands. Mail goes to postdrop; the other modes
/// become the command that does them. Every failure is temporary (EX_TEMPFAIL): programs that send mail must not throw it away.
/// </summary>
public static class SendmailProgram
{
    /// <summary>EX_TEMPFAIL of sysexits.h.</summary>
    public const int TemporaryFailure = 75;

    private const string Name = "sendmail";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) =>
        RunAsync(arguments, SendmailMode.Deliver, streams);

    public static Task<int> RunMailqAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) =>
        RunAsync(arguments, SendmailMode.ListQueue, streams);

    public static Task<int> RunNewaliasesAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) =>
        RunAsync(arguments, SendmailMode.NewAliases, streams);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, SendmailMode mode, CommandStreams? streams)
    {
        var status = await CommandProgram.RunAsync(Name, log => RunAsync(arguments, mode, log), streams);
        return status == 0 ? 0 : TemporaryFailure;
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, SendmailMode mode, CommandLog log)
    {
        var options = SendmailOptionParser.Parse(arguments, mode);
        var directory = options.ConfigDirectory ?? ConfigurationDirectory.Find();
        if (options.ConfigDirectory != null && ConfigurationDirectoryAuthorization.Check(directory, Privileges.RealUid == 0) is { } refusal)
        {
            log.Error(refusal.Error);
            throw new CommandException(refusal.Fatal);
        }

        var parameters = CommandProgram.Load(directory, log);
        // Not before: the mail log tells of them, too.
        foreach (var warning in options.Warnings)
        {
            log.Warning(warning);
        }

        if (options.FlushSite != null || options.FlushQueueId != null)
        {
            return Become(parameters, "postqueue", options.FlushSite != null ? ["-s", options.FlushSite] : ["-i", options.FlushQueueId!]);
        }

        switch (options.Mode)
        {
            case SendmailMode.ListQueue:
                return Become(parameters, "postqueue", ["-p"]);
            case SendmailMode.FlushQueue:
                return Become(parameters, "postqueue", ["-f"]);
            case SendmailMode.Daemon:
                return Become(parameters, "postfix", ["start"]);
            case SendmailMode.NewAliases:
                List<string> tables = options.AliasDatabase != null
                    ? [options.AliasDatabase]
                    : Configuration.Lists.WordList.Split(parameters.Get(Parameters.AliasDatabase));
                return tables.Count == 0 ? 0 : Become(parameters, "postalias", tables);
            case SendmailMode.StandAloneServer:
                await StandAloneSmtpd.RunAsync(parameters, new StandardDialogStream(log.Streams.Input, log.Streams.Output), log, TimeProvider.System);
                return 0;
            case SendmailMode.Ignore:
                return 0;
            default:
                return await new MessageSubmission(options, parameters, log).RunAsync();
        }
    }

    private static int Become(ParameterSet parameters, string command, IEnumerable<string> arguments) =>
        Execute(Path.Combine(parameters.Get(Parameters.CommandDirectory), command), command, arguments, parameters);

    private static int Execute(string path, string name, IEnumerable<string> arguments, ParameterSet parameters)
    {
        var environment = SpawnRequest.CurrentEnvironment();
        environment.RemoveAll(e => e.StartsWith(ConfigurationDirectory.Variable + "=", StringComparison.Ordinal));
        if (parameters.ConfigDirectory != ConfigurationDirectory.Default)
        {
            environment.Add($"{ConfigurationDirectory.Variable}={parameters.ConfigDirectory}");
        }

        try
        {
            ProcessControl.Execute(path, [name, .. arguments], environment);
        }
        catch (UnixException e)
        {
            throw new CommandException($"unable to execute {path}: {UnixException.Describe(e.Errno)}");
        }

        return 0;
    }
}
