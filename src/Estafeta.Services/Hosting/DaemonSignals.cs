using System.Runtime.InteropServices;

namespace Estafeta.Services.Hosting;

/// <summary>The signals of a daemon process. SIGINT is for master: Ctrl-C on the terminal reaches every process of the group.</summary>
internal sealed class DaemonSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    public DaemonSignals(Action stop, Action drain)
    {
        _registrations =
        [
            Register(PosixSignal.SIGTERM, stop),
            Register(PosixSignal.SIGHUP, drain),
            Register(PosixSignal.SIGINT, static () => { }),
            Register(PosixSignal.SIGQUIT, static () => { }),
        ];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private static PosixSignalRegistration Register(PosixSignal signal, Action action) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        action();
    });
}
