using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postfix;

/// <summary>Starts master and talks to the running one: by signals, as Postfix does. Results are exit statuses.</summary>
/// <param name="parameters">main.cf.</param>
/// <param name="options">The command line.</param>
/// <param name="executable">Our executable: it is master and postqueue too.</param>
/// <param name="log">The script's voice.</param>
/// <param name="flushLog">Writes out what was logged, before this process becomes another program.</param>
internal sealed class MasterControl(ParameterSet parameters, PostfixOptions options, string executable, IMailLog log, Action flushLog)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private readonly MasterPidFile _pidFile = MasterPidFile.Of(parameters);

    // What ps shows.
    private string MasterName => Path.Combine(parameters.Get(Parameters.DaemonDirectory), "master");

    public int? RefuseIfRunning()
    {
        if (!_pidFile.IsLocked)
        {
            return null;
        }

        log.Write(LogSeverity.Fatal, "the Postfix mail system is already running");
        return 1;
    }

    public int? RequireRunning()
    {
        if (_pidFile.IsLocked)
        {
            return null;
        }

        log.Write(LogSeverity.Fatal, "the Postfix mail system is not running");
        return 1;
    }

    public int Start()
    {
        log.Info("starting the Postfix mail system");
        using var master = ChildProcess.Spawn(new SpawnRequest
        {
            Path = executable,
            Arguments = [MasterName, "-w", .. Flags()],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [-1, 1, 2],
        });
        if (master.Wait().IsSuccess)
        {
            return 0;
        }

        log.Write(LogSeverity.Fatal, "mail system startup failed");
        return 1;
    }

    public int StartInForeground()
    {
        if (parameters.Get(Parameters.MultiInstanceDirectories).Length > 0)
        {
            log.Write(LogSeverity.Fatal, "start-fg does not support multi_instance_directories");
            return 1;
        }

        log.Info("starting the Postfix mail system");
        flushLog();
        var mode = Environment.ProcessId == 1 ? "-i" : "-s";
        ProcessControl.Execute(executable, [MasterName, mode, .. Flags()], SpawnRequest.CurrentEnvironment());
        return 1;
    }

    public int Stop(string? announcement)
    {
        if (RequireRunning() is { } down)
        {
            return down;
        }

        if (announcement != null)
        {
            log.Info(announcement);
        }

        return Signal(SignalNumber.Terminate) is { } pid ? WaitForEnd(pid) : 0;
    }

    public int Abort()
    {
        if (RequireRunning() is { } down)
        {
            return down;
        }

        log.Info("aborting the Postfix mail system");

        // Master kills its processes at once.
        return Signal(SignalNumber.Quit) is { } pid ? WaitForEnd(pid) : 0;
    }

    /// <summary>Ends master only; its processes finish what they have in hand.</summary>
    public int Drain()
    {
        if (RequireRunning() is { } down)
        {
            return down;
        }

        log.Info("stopping the Postfix mail system");
        return Signal(SignalNumber.Kill) is { } pid ? WaitForEnd(pid) : 0;
    }

    public int Reload()
    {
        log.Info("refreshing the Postfix mail system");
        Signal(SignalNumber.Hangup);
        return 0;
    }

    public int Flush()
    {
        flushLog();
        ProcessControl.Execute(executable, ["postqueue", "-f"], SpawnRequest.CurrentEnvironment());
        return 1;
    }

    public int Status()
    {
        if (_pidFile.RunningPid is { } pid)
        {
            log.Info($"the Postfix mail system is running: PID: {pid}");
            return 0;
        }

        log.Info("the Postfix mail system is not running");
        return 1;
    }

    private IEnumerable<string> Flags()
    {
        if (options.Debug)
        {
            yield return "-D";
        }

        for (var i = 0; i < options.Verbosity; i++)
        {
            yield return "-v";
        }
    }

    private int? Signal(int signal)
    {
        var pid = _pidFile.RunningPid;
        if (pid is { } number)
        {
            ProcessControl.Signal(number, signal);
        }

        return pid;
    }

    // master itself kills what does not end within estafeta_stop_time; a master that does not end is killed, and its
    // daemons, each with all of its group.
    private int WaitForEnd(int pid)
    {
        var patience = parameters.Get(Parameters.EstafetaStopTime) + (2 * Second);
        for (var waited = TimeSpan.Zero; waited < patience; waited += PollInterval)
        {
            if (!_pidFile.IsLocked)
            {
                return 0;
            }

            if (waited > TimeSpan.Zero && waited.Ticks % Second.Ticks == 0)
            {
                log.Info("waiting for the Postfix mail system to terminate");
            }

            Thread.Sleep(PollInterval);
        }

        log.Warning("stopping the Postfix mail system with force");
        var daemons = ProcessControl.ChildrenOf(pid);
        ProcessControl.Signal(-pid, SignalNumber.Kill);
        daemons.ForEach(daemon => ProcessControl.Signal(-daemon, SignalNumber.Kill));
        return 0;
    }
}
