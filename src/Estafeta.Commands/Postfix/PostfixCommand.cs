using System.Text;
using Estafeta.Commands.Check;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Edit;
using Estafeta.Commands.Postfix.Tls;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Validation;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// postfix(1): the command of the administrator. Messages and exit codes are Postfix's, whose shell script <c>postfix-script</c> names itself
/// in them. For root, or for the ordinary user an instance belongs to.
/// </summary>
public sealed class PostfixCommand
{
    private readonly PostfixOptions _options;
    private readonly ParameterSet _parameters;
    private readonly InstanceOwners _owners;
    private readonly string _executable;
    private readonly IMailLog _log;
    private readonly LogSink _sink;
    private readonly TimeProvider _time;

    private PostfixCommand(PostfixOptions options, ParameterSet parameters, string executable, IMailLog log, LogSink sink, TimeProvider time)
    {
        _sink = sink;
        _time = time;
        _options = options;
        _parameters = parameters;
        _owners = InstanceOwners.Of(parameters);
        _executable = executable;
        _log = log;
    }

    /// <param name="arguments">Without the command's name.</param>
    /// <param name="executable">Our executable: it is master and postqueue too.</param>
    /// <param name="time">For the log.</param>
    /// <returns>Exit status.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, string executable, TimeProvider time)
    {
        var standardError = new StandardErrorLog("postfix");
        try
        {
            var options = PostfixOptions.Parse(arguments);
            if (options.ConfigDirectory is { } directory)
            {
                Environment.SetEnvironmentVariable(ConfigurationDirectory.Variable, directory);
            }

            var parameters = ParameterSet.Load(ConfigurationDirectory.Find()).With(new ProcessIdentity("postfix"));
            if (!MayAdminister(parameters))
            {
                standardError.Error("to submit mail, use the Postfix sendmail command");
                standardError.Write(LogSeverity.Fatal, "the postfix command is reserved for the superuser");
                return 1;
            }

            Privileges.EnterDirectory(parameters.Get(Parameters.QueueDirectory));
            using var sink = (LogSinkOptions.From(parameters, time) with { WriteFileWithoutPostlogd = true }).Open();
            foreach (var notice in Compatibility.Notices(parameters))
            {
                new MailLog(sink, parameters.Get(Parameters.SyslogName)).Info(notice);
            }

            var mailLog = new MailLog(sink, parameters.Get(Parameters.SyslogName), "postfix-script");
            var log = new ScriptLog(mailLog, new StandardErrorLog(parameters.Get(Parameters.SyslogName) + "/postfix-script"), !Console.IsErrorRedirected);
            return await new PostfixCommand(options, parameters, executable, log, sink, time).RunAsync();
        }
        catch (CommandException e)
        {
            if (e.Preface != null)
            {
                CommandStreams.Standard().Error.Write(Encoding.UTF8.GetBytes(e.Preface + "\n"));
            }

            standardError.Write(LogSeverity.Fatal, e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or IOException or UnauthorizedAccessException)
        {
            standardError.Write(LogSeverity.Fatal, e.Message);
            return 1;
        }
    }

    private static bool MayAdminister(ParameterSet parameters) =>
        Privileges.IsRoot || FileOwnership.Of(parameters.Get(Parameters.QueueDirectory))?.Uid == Privileges.EffectiveUid;

    private async Task<int> RunAsync()
    {
        if (_options.ConfigDirectory == null && MultiInstance.Wrapper(_parameters) is { } wrapper)
        {
            return MultiInstance.Execute(wrapper, _options);
        }

        var check = new IntegrityCheck(_parameters, _owners, _log);
        var control = new MasterControl(_parameters, _options, _executable, _log, _sink.Flush);
        switch (_options.Command)
        {
            case "start":
                return control.RefuseIfRunning() ?? (CheckForStart(check) ? control.Start() : 1);
            case "start-fg":
                return control.RefuseIfRunning() ?? (CheckForStart(check) ? control.StartInForeground() : 1);
            case "quick-start":
                return control.RefuseIfRunning() ?? control.Start();
            case "stop":
                return control.Stop("stopping the Postfix mail system");
            case "quick-stop":
                return control.Stop(null);
            case "abort":
                return control.Abort();
            case "drain":
                return control.Drain();
            case "reload":
                return control.RequireRunning() is { } down ? down : check.Run() ? control.Reload() : 1;
            case "flush":
                return control.Flush();
            case "status":
                return control.Status();
            case "check":
                return check.Run() ? await AdviseAsync() : 1;
            case "set-permissions":
                return SetPermissions();
            case "upgrade-configuration":
                using (var output = new StreamWriter(CommandStreams.Standard().Output))
                {
                    new ConfigurationUpgrade(_parameters.ConfigDirectory, output).Run();
                }

                return SetPermissions();
            case "tls":
                using (var output = new StreamWriter(CommandStreams.Standard().Output))
                {
                    return new TlsCommand(_parameters, _log, output, _time).Run(_options.Arguments);
                }

            case "non-bdb":
                using (var output = new StreamWriter(CommandStreams.Standard().Output))
                {
                    return new BerkeleyMigrationCommand(_parameters, _log, output).Run(_options.Arguments);
                }

            case "logrotate":
                return new LogRotation(_parameters, _log).Run(control);
            default:
                _log.Write(
                    LogSeverity.Fatal,
                    $"unknown command: '{_options.Command}'. Usage: postfix start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate, non-bdb, tls)");
                return 1;
        }
    }

    private bool CheckForStart(IntegrityCheck check)
    {
        if (check.Run())
        {
            return true;
        }

        _log.Write(LogSeverity.Fatal, "Postfix integrity check failed!");
        return false;
    }

    // What Postfix's own check does not look at. None of it keeps the mail system from running, so none of it is an error here.
    private async Task<int> AdviseAsync()
    {
        foreach (var finding in await CheckProgram.FindingsAsync(CheckedConfiguration.Load(_parameters.ConfigDirectory), _time))
        {
            if (finding.Severity != FindingSeverity.Note && finding.Rule is not ("wrong-owner" or "writable-configuration"))
            {
                _log.Warning($"{(finding.Position.IsKnown ? $"{finding.Position}: " : "")}{finding.Message} ({finding.Remedy})");
            }
        }

        return 0;
    }

    // name=value: settings that hold from now on, mail_owner and setgid_group above all.
    private int SetPermissions()
    {
        var settings = new List<KeyValuePair<string, string>>();
        foreach (var argument in _options.Arguments)
        {
            if (!NameValue.TrySplit(argument, out var name, out var value, out var problem))
            {
                _log.Write(LogSeverity.Fatal, $"{problem}: \"{argument}\"");
                return 1;
            }

            settings.Add(new(name, value));
        }

        var parameters = _parameters.With(settings);
        var check = new IntegrityCheck(parameters, InstanceOwners.Of(parameters), _log);
        if (settings.Count > 0)
        {
            ConfigurationEdit.SetMain(_parameters.ConfigDirectory, settings.Select(s => $"{s.Key} = {s.Value}"));
        }

        check.SetPermissions();
        return 0;
    }
}
