using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// A service of master.cf while master runs: its open sockets and its processes. estafeta_processes_per_service of them take new work, each
/// its share of the process limit, so that the crash of one costs only its own sessions; those that were told to drain finish beside them.
/// The queue process is such a service too, of all the entries it hosts.
/// </summary>
internal sealed class Service(PlannedService plan)
{
    private const int MaxQuickCrashes = 5;
    private static readonly TimeSpan QuickCrashPeriod = TimeSpan.FromSeconds(10);
    private readonly List<ServiceProcess> _workers = [];
    private readonly List<ServiceProcess> _draining = [];
    private readonly Queue<TimeSpan> _crashes = new();

    public PlannedService Plan => plan;

    public List<Listener> Listeners { get; } = [];

    /// <summary>The processes that take new work.</summary>
    public IReadOnlyList<ServiceProcess> Workers => _workers;

    public bool HasRoom => _workers.Count < plan.Workers;

    public IReadOnlyList<ServiceProcess> Draining => _draining;

    public IEnumerable<ServiceProcess> Processes => _workers.Concat(_draining);

    /// <summary>Not started before this moment (service_throttle_time); null when free.</summary>
    public TimeSpan? ThrottledUntil { get; set; }

    /// <summary>Attempts in a row for which there was no process to be had.</summary>
    public int FailedForks { get; set; }

    /// <summary>When to wake it next; null: never.</summary>
    public TimeSpan? NextWakeup { get; set; }

    /// <summary>When its process limit was last complained about.</summary>
    public TimeSpan? BusyWarning { get; set; }

    public void Add(ServiceProcess worker) => _workers.Add(worker);

    public bool TakesWork(ServiceProcess process) => _workers.Contains(process);

    /// <summary>Moves a process out of the way of its successor.</summary>
    public void Retire(ServiceProcess process)
    {
        if (_workers.Remove(process))
        {
            _draining.Add(process);
        }
    }

    /// <summary>Takes over what the same service had before a reload.</summary>
    public void Inherit(Service old)
    {
        _workers.AddRange(old._workers);
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
        _workers.Remove(process);
        _draining.Remove(process);
    }
}
