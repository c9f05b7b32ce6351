using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// The end, in the order of the mail: first what takes it in, then the queue process, which lets deliveries under way end, then the
/// delivery agents, at last the log. Each stage waits for its processes; what is left after estafeta_stop_time is killed.
/// </summary>
internal sealed partial class Supervisor
{
    private const int LastStage = 3;
    private int? _stopStage;

    private bool IsStopping => _stopStage != null;

    private TimeSpan? StopDeadline { get; set; }

    private bool IsFinished => IsStopping && !Slots.Any(s => s.Processes.Any());

    private void ObeySignals()
    {
        if (_signals.TakeReload() && !IsStopping)
        {
            SystemdNotifier.Notify("RELOADING=1");
            Reload();
            SystemdNotifier.Notify("READY=1");
        }

        if (_signals.TakeAbort())
        {
            _log.Info("terminating at once on signal 3");
            Kill();
            _stopStage = LastStage;
        }

        if (_signals.TakeStop() is { } signal)
        {
            BeginStop(signal);
        }

        _signals.ReapStrangers(Slots.SelectMany(s => s.Processes).Select(p => p.Pid));
        ContinueStop();
    }

    private void BeginStop(int signal)
    {
        if (IsStopping)
        {
            // Asked twice: no more patience.
            Kill();
            return;
        }

        _log.Info($"terminating on signal {signal}");
        SystemdNotifier.Notify("STOPPING=1");
        _stopStage = 0;
        StopDeadline = Now + Settings.StopTime;
        Tell(stage: 0);
    }

    private void ContinueStop()
    {
        if (StopDeadline is { } deadline && Now >= deadline)
        {
            Kill();
            StopDeadline = null;
        }

        while (_stopStage < LastStage && !OfStage(_stopStage.Value).Any())
        {
            _stopStage++;
            Tell(_stopStage.Value);
        }
    }

    private void Tell(int stage)
    {
        foreach (var process in OfStage(stage))
        {
            process.Tell(SignalNumber.Terminate);
        }
    }

    private void Kill()
    {
        foreach (var process in Slots.SelectMany(s => s.Processes))
        {
            process.Tell(SignalNumber.Kill);
        }
    }

    private IEnumerable<ServiceProcess> OfStage(int stage) => Slots.Where(s => StageOf(s) == stage).SelectMany(s => s.Processes);

    private int StageOf(Service slot)
    {
        if (slot == _queue.Slot)
        {
            return 1;
        }

        return slot.Plan.Entry.Command switch
        {
            "smtpd" or "postscreen" or "qmqpd" or "dnsblog" or "tlsproxy" => 0,
            "postlogd" => LastStage,
            _ => 2,
        };
    }
}
