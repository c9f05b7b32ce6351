using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Polling;
using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// master(8) at work, on one thread around poll(2): starts a service's process when its socket has a client, the queue process at once;
/// restarts what dies, throttles what cannot start, wakes what wants waking, and carries out reload and stop.
/// </summary>
internal sealed partial class Supervisor : IDisposable
{
    private static readonly TimeSpan BusyWarningInterval = TimeSpan.FromSeconds(1000);
    private readonly MasterSignals _signals;
    private readonly ProgramLocator _programs;
    private readonly IMailLog _log;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly byte[] _buffer = new byte[4096];
    private readonly List<(PollEntry Entry, Action Handler)> _watched = [];
    private readonly QueueProcess _queue;
    private List<Service> _services = [];

    public Supervisor(ServicePlan plan, MasterSignals signals, ProgramLocator programs, IMailLog log, TimeProvider time)
    {
        Settings = plan.Settings;
        _signals = signals;
        _programs = programs;
        _log = log;
        _time = time;
        _start = time.GetTimestamp();
        _queue = new QueueProcess(programs);
        Apply(plan);
    }

    public MasterSettings Settings { get; private set; }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private IEnumerable<Service> Slots => _services.Where(s => !s.Plan.IsHosted).Concat(_removed).Append(_queue.Slot);

    /// <summary>Runs until told to stop and all children are gone.</summary>
    public void Run()
    {
        StartQueue();
        ScheduleWakeups();
        while (true)
        {
            ObeySignals();
            if (IsFinished)
            {
                return;
            }

            var next = RunTimers();
            Watch();
            Wait(next);
        }
    }

    public void Dispose()
    {
        foreach (var service in _services)
        {
            service.Listeners.ForEach(l => l.Dispose());
        }
    }

    private void Watch()
    {
        _watched.Clear();
        _watched.Add((PollEntry.Readable(_signals.Descriptor), _signals.Reset));
        foreach (var service in _services)
        {
            if (MayStart(service))
            {
                foreach (var listener in service.Listeners)
                {
                    _watched.Add((PollEntry.Readable(listener.Descriptor), () => Start(service)));
                }
            }
        }

        foreach (var slot in Slots)
        {
            foreach (var process in slot.Processes)
            {
                _watched.Add((PollEntry.Readable(process.ExitDescriptor), () => Reap(slot, process)));
                if (process.ControlDescriptor >= 0)
                {
                    _watched.Add((PollEntry.Readable(process.ControlDescriptor), () => Hear(slot, process)));
                }
            }
        }
    }

    private void Wait(TimeSpan? next)
    {
        var entries = new PollEntry[_watched.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = _watched[i].Entry;
        }

        var limit = next is { } moment ? (moment > Now ? moment - Now : TimeSpan.Zero) : (TimeSpan?)null;
        if (Poller.Wait(entries, limit) == 0)
        {
            return;
        }

        // Words before deaths: a child that said "ready" and died had started well.
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (entries[i].IsReady)
            {
                _watched[i].Handler();
            }
        }
    }

    private bool MayStart(Service service) =>
        !IsStopping && !service.Plan.IsHosted && service.HasRoom && service.ThrottledUntil == null;

    // All its workers: the first client shows that the service is in use.
    private void Start(Service service)
    {
        while (MayStart(service))
        {
            StartWorker(service);
        }
    }

    private void StartWorker(Service service)
    {
        var entry = service.Plan.Entry;
        var program = Path.Combine(Settings.DaemonDirectory, entry.Command);
        try
        {
            service.Add(ServiceProcess.Start(
                program,
                _programs.Find(entry.Command, Settings.DaemonDirectory),
                CommandLine.Of(service.Plan),
                CommandLine.Environment(Settings, entry.Command, service.Plan.LimitOfWorker),
                service.Listeners.Select(l => l.Descriptor),
                withOutput: entry.Command == "postlogd",
                confined: _programs.NeedsNoNewPrivileges(entry.Command)));
            service.FailedForks = 0;
            service.NextWakeup ??= IsWoken(service) ? Now : null;
        }
        catch (UnixException e)
        {
            FailedToStart(service, program, e);
        }
    }

    private void StartQueue()
    {
        if (IsStopping || !_queue.Slot.HasRoom || _queue.Slot.ThrottledUntil != null)
        {
            return;
        }

        try
        {
            _queue.Start(Settings, _services);
        }
        catch (UnixException e)
        {
            FailedToStart(_queue.Slot, Path.Combine(Settings.DaemonDirectory, QueueProcessPrograms.ProcessName), e);
        }
    }

    // Short of processes or memory, it is worth another attempt (fork_attempts, fork_delay); a program that is not there is not.
    private void FailedToStart(Service slot, string program, UnixException e)
    {
        _log.Warning(e.Message);
        if (e.Errno is Errno.EAGAIN or Errno.ENOMEM && ++slot.FailedForks < Settings.ForkAttempts)
        {
            slot.ThrottledUntil = Now + Settings.ForkDelay;
            return;
        }

        slot.FailedForks = 0;
        Throttle(slot, program);
    }

    private void Reap(Service slot, ServiceProcess process)
    {
        if (!process.TryReap(out var status))
        {
            return;
        }

        var isCurrent = slot.TakesWork(process);
        slot.Forget(process);

        // SIGHUP kills one that has just been started and has nothing to finish.
        var wasExpected = status.IsSuccess || (process.IsToldToEnd && status.Signal is SignalNumber.Kill or SignalNumber.Terminate or SignalNumber.Hangup);
        if (!wasExpected)
        {
            _log.Warning($"process {process.Program} pid {process.Pid} {status}");
            if (isCurrent && (!process.IsReady || slot.IsCrashLoop(status, Now)))
            {
                Throttle(slot, process.Program);
            }
        }

        process.Dispose();
        _removed.RemoveAll(s => !s.Processes.Any());
        if (slot == _queue.Slot)
        {
            StartQueue();
        }
        else if (isCurrent && slot.Workers.Count > 0)
        {
            // The others are at work, so this one is missed.
            Start(slot);
        }
    }

    private void Throttle(Service slot, string program)
    {
        _log.Warning($"{program}: bad command startup -- throttling");
        slot.ThrottledUntil = Now + Settings.ServiceThrottleTime;
    }

    private void Hear(Service slot, ServiceProcess process)
    {
        var message = process.ReceiveControl(_buffer);
        if (message.IsEmpty)
        {
            return;
        }

        switch (message[0])
        {
            case ControlMessage.Ready:
                process.IsReady = true;
                break;
            case ControlMessage.Draining:
                slot.Retire(process);
                break;
            case ControlMessage.Busy when slot != _queue.Slot: // there it is a matter of microseconds
                WarnOfLimit(slot);
                break;
        }
    }

    private void WarnOfLimit(Service service)
    {
        if (service.BusyWarning is { } last && Now - last < BusyWarningInterval)
        {
            return;
        }

        service.BusyWarning = Now;
        var entry = service.Plan.Entry;
        var where = entry.Type == ServiceType.Inet && Settings.Services.Find(entry.Name) is { } port ? $"{port}" : entry.Endpoint;
        _log.Warning($"service \"{entry.Name}\" ({where}) has reached its process limit \"{service.Plan.Limit}\": new clients may experience noticeable delays");
        _log.Warning("to avoid this condition, increase the process count in master.cf or reduce the service time per client");
        _log.Warning("see https://www.postfix.org/STRESS_README.html for examples of stress-adapting configuration settings");
    }
}
