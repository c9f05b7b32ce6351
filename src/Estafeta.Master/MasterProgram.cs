using Estafeta.Configuration;
using Estafeta.Configuration.Validation;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// master(8) from its command line to its end. With -w it starts itself again in a session of its own and returns when that one is
/// ready, or with its failure.
/// </summary>
public static class MasterProgram
{
    /// <summary>Exit status.</summary>
    public static int Run(IReadOnlyList<string> arguments, ProgramLocator programs, TimeProvider time)
    {
        try
        {
            var options = MasterOptions.Parse(arguments);
            if (options.ConfigDirectory is { } directory)
            {
                Environment.SetEnvironmentVariable(ConfigurationDirectory.Variable, directory);
            }

            var configDirectory = ConfigurationDirectory.Find();
            var parameters = ParameterSet.Load(configDirectory).With(new ProcessIdentity("master"));
            Privileges.EnterDirectory(parameters.Get(Configuration.Catalogue.Parameters.QueueDirectory));
            if (options.TestOnly)
            {
                return MasterPidFile.Of(parameters).IsLocked ? 1 : 0;
            }

            return options.WaitForBackground && !BackgroundMaster.IsThis
                ? BackgroundMaster.Start(Path.Combine(parameters.Get(Configuration.Catalogue.Parameters.DaemonDirectory), "master"), arguments, programs)
                : Supervise(options, configDirectory, parameters, programs, time);
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or IOException or UnauthorizedAccessException)
        {
            new StandardErrorLog("master").Write(LogSeverity.Fatal, e.Message);
            return 1;
        }
    }

    private static int Supervise(
        MasterOptions options, string configDirectory, ParameterSet parameters, ProgramLocator programs, TimeProvider time)
    {
        using var sink = (LogSinkOptions.From(parameters, time) with { WriteFileWithoutPostlogd = true }).Open();
        var log = new MailLog(sink, parameters.Get(Configuration.Catalogue.Parameters.SyslogName), "master");
        try
        {
            ProcessControl.SetUmask(0x3F);
            var snapshot = ConfigurationSnapshot.Load(configDirectory);
            if (!snapshot.IsGood)
            {
                // Postfix would start, and end each service that reads a value it cannot use; here nothing starts, and everything that is wrong is said.
                return Refuse(snapshot.Problems, log);
            }

            var plan = ServicePlan.From(snapshot);
            using var held = MasterLock.Take(plan.Settings);
            using var signals = new MasterSignals(options.IsInit);
            using var supervisor = new Supervisor(plan, signals, programs, log, time);
            using var exitTimer = ExitTimer(options, signals, time);
            log.Info($"daemon started -- version {plan.Settings.Version}, configuration {configDirectory}");
            if (options.RunDebugger)
            {
                DebuggerCommand.Run(parameters, log);
            }

            BackgroundMaster.TellReady();
            SystemdNotifier.Notify("READY=1\nMAINPID=" + Environment.ProcessId);
            supervisor.Run();
            return 0;
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            return Refuse([e], log);
        }
    }

    private static int Refuse(IEnumerable<Exception> problems, MailLog log)
    {
        foreach (var problem in problems)
        {
            log.Write(LogSeverity.Fatal, problem.Message);
            new StandardErrorLog("master").Write(LogSeverity.Fatal, problem.Message);
        }

        return 1;
    }

    private static ITimer? ExitTimer(MasterOptions options, MasterSignals signals, TimeProvider time) =>
        options.ExitAfter is { } after ? time.CreateTimer(_ => signals.Stop(), null, after, Timeout.InfiniteTimeSpan) : null;
}
