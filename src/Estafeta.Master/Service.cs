using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// A service of master.cf while master runs: its open sockets and its processes. At most one process takes new work; those that were
/// told to drain finish beside it. The queue process is such a service too, of all the entries it hosts.
/// </summary>
internal sealed class Service(PlannedService plan)
{
    private const int MaxQuickCrashes = 5;
    private static readonly TimeSpan QuickCrashPeriod = TimeSpan.FromSeconds(10);
    private readonly List<ServiceProcess> _draining = [];
    private readonly Queue<TimeSpan> _crashes = new();

    public PlannedService Plan => plan;

    public List<Listener> Listeners { get; } = [];

    /// <summary>The process that takes new work, if there is one.</summary>
    public ServiceProcess? Process { get; set; }

    public IReadOnlyList<ServiceProcess> Draining => _draining;

    public IEnumerable<ServiceProcess> Processes => Process == null ? _draining : [Process, .. _draining];

    /// <summary>Not started before this moment (service_throttle_time); null when free.</summary>
    public TimeSpan? ThrottledUntil { get; set; }

    /// <summary>When to wake it next; null: never.</summary>
    public TimeSpan? NextWakeup { get; set; }

    /// <summary>When its process limit was last complained about.</summary>
    public TimeSpan? BusyWarning { get; set; }

    /// <summary>Moves the process out of the way of its successor.</summary>
    public void Retire()
    {
        if (Process != null)
        {
            _draining.Add(Process);
            Process = null;
        }
    }

    /// <summary>Takes over what the same service had before a reload.</summary>
    public void Inherit(Service old)
    {
        Process = old.Process;
        _draining.AddRange(old._draining);
        NextWakeup = old.Plan.Entry.WakeupSeconds == Plan.Entry.WakeupSeconds ? old.NextWakeup : null;
        BusyWarning = old.BusyWarning;
        ThrottledUntil = old.ThrottledUntil;
    }

    /// <summary>
    /// Whether a process that had started well dies again and again by its own fault; being killed from outside is none.
    /// </summary>
    public bool IsCrashLoop(ExitStatus status, TimeSpan now)
    {
        if (status.Signal == SignalNumber.Kill)
        {
            return false;
        }

        _crashes.Enqueue(now);
        while (now - _crashes.Peek() > QuickCrashPeriod)
        {
            _crashes.Dequeue();
        }

        return _crashes.Count >= MaxQuickCrashes;
    }

    public void Forget(ServiceProcess process)
    {
        if (Process == process)
        {
            Process = null;
        }

        _draining.Remove(process);
    }
}
