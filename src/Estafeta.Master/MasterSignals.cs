using System.Runtime.InteropServices;
using Estafeta.Unix.Polling;
using Estafeta.Unix.Processes;

namespace Estafeta.Master;

/// <summary>
/// Signals become flags and a wake-up of the poll loop: HUP reload, TERM and INT stop, QUIT abort. As process 1 of a container, master
/// also waits for processes whose parents are gone.
/// </summary>
internal sealed class MasterSignals : IDisposable
{
    private readonly WakeUp _wakeUp = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly bool _isInit;
    private int _reload;
    private int _stop;
    private int _abort;
    private int _child;

    public MasterSignals(bool isInit)
    {
        _isInit = isInit;

        // The runtime leaves a signal alone that is ignored.
        foreach (var signal in (ReadOnlySpan<int>)[SignalNumber.Hangup, SignalNumber.Interrupt, SignalNumber.Quit, SignalNumber.Terminate])
        {
            ProcessControl.HearAgain(signal);
        }

        On(PosixSignal.SIGHUP, () => Volatile.Write(ref _reload, 1));
        On(PosixSignal.SIGTERM, () => Volatile.Write(ref _stop, SignalNumber.Terminate));
        On(PosixSignal.SIGINT, () => Volatile.Write(ref _stop, SignalNumber.Interrupt));
        On(PosixSignal.SIGQUIT, () => Volatile.Write(ref _abort, 1));
        if (isInit)
        {
            On(PosixSignal.SIGCHLD, () => Volatile.Write(ref _child, 1));
        }
    }

    /// <summary>Readable when a signal came.</summary>
    public int Descriptor => _wakeUp.Descriptor;

    public void Reset() => _wakeUp.Reset();

    public bool TakeReload() => Interlocked.Exchange(ref _reload, 0) != 0;

    public bool TakeAbort() => Interlocked.Exchange(ref _abort, 0) != 0;

    /// <summary>The signal that asked for the stop; null when none did.</summary>
    public int? TakeStop() => Interlocked.Exchange(ref _stop, 0) is not 0 and var signal ? signal : null;

    /// <summary>The exit time of -e has come.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stop, SignalNumber.Alarm);
        _wakeUp.Set();
    }

    /// <summary>Takes the exit status of processes that are not ours, so that they do not stay as zombies.</summary>
    public void ReapStrangers(IEnumerable<int> ours)
    {
        if (_isInit && Interlocked.Exchange(ref _child, 0) != 0)
        {
            ProcessControl.ReapStrangers([.. ours]);
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _wakeUp.Dispose();
    }

    private void On(PosixSignal signal, Action action) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
        _wakeUp.Set();
    }));
}
