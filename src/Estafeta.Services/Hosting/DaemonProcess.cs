using System.Security.Cryptography;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.Hosting;

/// <summary>
/// The life of a daemon process: command line and configuration, log, the daemon itself, then chroot and mail_owner, word to master,
/// work, and an orderly end on SIGTERM, SIGHUP, the death of master, max_idle or max_use.
/// </summary>
public sealed class DaemonProcess : IDisposable
{
    private readonly DaemonProgram _program;
    private readonly DaemonArguments _arguments;
    private readonly ParameterSet _parameters;
    private readonly TimeProvider _time;
    private readonly LogSink _sink;
    private readonly MailLog _log;
    private readonly ControlChannel? _control;
    private readonly ProcessActivity _activity;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _closing = new();

    private DaemonProcess(DaemonProgram program, DaemonArguments arguments, ParameterSet parameters, TimeProvider time)
    {
        _program = program;
        _arguments = arguments;
        _parameters = parameters;
        _time = time;
        _control = arguments.IsStandAlone ? null : ControlChannel.OpenInherited();
        _sink = LogSinkOptions.From(parameters, time).Open();
        _log = new MailLog(_sink, parameters.Get(Parameters.SyslogName), program.Name);
        _activity = new ProcessActivity(time);
    }

    /// <summary>Runs the daemon to its end; returns the exit status.</summary>
    public static async Task<int> RunAsync(DaemonProgram program, IReadOnlyList<string> commandLine, TimeProvider time)
    {
        try
        {
            var arguments = DaemonArguments.Parse(program.Name, commandLine);
            if (!arguments.IsStandAlone && !program.RunsCommands)
            {
                LoadScheduling.Enable();
            }

            var parameters = ParameterSet.Load(ConfigurationDirectory.Find())
                .With(arguments.Overrides)
                .With(new ProcessIdentity(program.Name, arguments.ServiceName));
            Privileges.EnterDirectory(parameters.Get(Parameters.QueueDirectory));
            using var process = new DaemonProcess(program, arguments, parameters, time);
            return await process.RunAsync();
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or IOException or UnauthorizedAccessException)
        {
            // Before there is a log to write to.
            new StandardErrorLog(program.Name).Write(LogSeverity.Fatal, e.Message);
            return 1;
        }
    }

    public void Dispose()
    {
        _sink.Dispose();
        _control?.Dispose();
        _stopping.Dispose();
        _closing.Dispose();
    }

    private async Task<int> RunAsync()
    {
        using var unhandled = new UnhandledExceptionLog(_log, _sink);
        try
        {
            if (_arguments.IsStandAlone)
            {
                return _program.StandAlone is { } standAlone
                    ? await standAlone(Context([]))
                    : throw new FormatException("no stand-alone mode");
            }

            return await ServeAsync();
        }
        catch (Exception e) when (e is ConfigurationException or FormatException or IOException or UnauthorizedAccessException)
        {
            _log.Write(LogSeverity.Fatal, e.Message);
            return 1;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A bug of ours: this process ends, master starts another.
            _log.Write(LogSeverity.Panic, e.ToString());
            return 1;
        }
    }

    private async Task<int> ServeAsync()
    {
        if (_control == null)
        {
            throw new FormatException("this program is started by the master daemon, do not run it by hand");
        }

        if (_arguments.IsDebugged)
        {
            DebuggerCommand.Run(_parameters, _log);
        }

        var context = Context(InheritedListeners.Open(_program.IsResident ? 0 : _arguments.Sockets));
        var daemon = _program.Create(context);
        await using var opened = daemon as IAsyncDisposable;
        LeaveRoot();
        using var signals = new DaemonSignals(Stop, Drain);
        _control.Ready();
        var watch = WatchMasterAsync(_control, daemon as IMasterListener);
        await using var retirement = _program.IsResident || _program.IsLasting ? null : Retire(context);
        await daemon.RunAsync(context, _stopping.Token);
        await _stopping.CancelAsync();
        await watch;
        return 0;
    }

    private ServiceContext Context(IReadOnlyList<ListeningSocket> listeners) => new()
    {
        ServiceName = _arguments.ServiceName,
        ServiceType = _arguments.ServiceType,
        ProgramName = _program.Name,
        Parameters = _parameters,
        Listeners = listeners,
        ProcessLimit = ProcessLimit.Of(_arguments, _parameters),
        IsPrivileged = !_arguments.IsUnprivileged && Privileges.IsRoot,
        Arguments = _arguments.Rest,
        Log = _log,
        OpenLog = (syslogName, process) => new MailLog(_sink, syslogName, process),
        Time = _time,
        Activity = _activity,
        Closing = _closing.Token,
        Retire = Drain,
        ReportBusy = () => _control?.Busy(_arguments.ServiceName),
    };

    private void LeaveRoot()
    {
        if (!Privileges.IsRoot)
        {
            return;
        }

        var identity = _arguments.IsUnprivileged ? MailOwner.Of(_parameters) : null;
        if (_arguments.IsChrooted)
        {
            // What the runtime loads late must be loaded before the libraries are out of sight.
            RandomNumberGenerator.Fill(stackalloc byte[1]);
            _ = _time.LocalTimeZone;
            Privileges.EnterChroot(_parameters.Get(Parameters.QueueDirectory));
        }

        identity?.Assume();
    }

    // SIGTERM: the system stops.
    private void Stop()
    {
        _stopping.Cancel();
        _closing.Cancel();
    }

    // SIGHUP, or enough of this process: no new work, sessions go on.
    private void Drain()
    {
        if (!_stopping.IsCancellationRequested)
        {
            _control?.Draining();
            _stopping.Cancel();
        }
    }

    private async Task WatchMasterAsync(ControlChannel control, IMasterListener? listener)
    {
        try
        {
            while (await control.ReceiveAsync(_stopping.Token) is { } message)
            {
                listener?.Receive(message.Octets, message.Descriptors);
            }

            // Without master nobody restarts or supervises us: finish and end (postfix drain).
            Drain();
        }
        catch (OperationCanceledException)
        {
            // The daemon has ended.
        }
    }

    private ITimer Retire(ServiceContext context)
    {
        var maxIdle = _parameters.Get(Parameters.MaxIdle);
        var maxUse = (long)_parameters.Get(Parameters.MaxUse) * context.ProcessLimit;
        var interval = TimeSpan.FromTicks(Math.Min(maxIdle.Ticks / 2, TimeSpan.TicksPerSecond * 10));
        return _time.CreateTimer(
            _ =>
            {
                if (_activity.Idle >= maxIdle || (maxUse > 0 && _activity.Served >= maxUse))
                {
                    Drain();
                }
            },
            null,
            interval,
            interval);
    }
}
