using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Unix.Processes;

/// <summary>
/// A process we started. Its pidfd tells when it ends (readable in poll) and names it beyond doubt for signals: a number that
/// was reused is never hit. Somebody must reap it with one of the waiting methods.
/// </summary>
public sealed partial class ChildProcess : IDisposable
{
    private const int ByPidFd = 3;
    private const int Exited = 4;
    private const int NoHang = 1;
    private const int ExitedByCode = 1;
    private ExitStatus? _status;

    private ChildProcess(int pid, SafeFileHandle descriptor)
    {
        Pid = pid;
        Descriptor = descriptor;
    }

    public int Pid { get; }

    /// <summary>The pidfd: readable once the process has ended.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Starts the program. Throws <see cref="UnixException"/> when it cannot be executed.</summary>
    public static ChildProcess Spawn(SpawnRequest request)
    {
        var pid = request.GainsNoPrivileges ? ConfinedThread.Run(() => PosixSpawn.Start(request)) : PosixSpawn.Start(request);
        var descriptor = PidOpen(pid, 0);
        if (descriptor < 0)
        {
            var failure = UnixException.Last($"pidfd_open({pid})");
            ProcessControl.Signal(pid, SignalNumber.Kill);
            throw failure;
        }

        return new ChildProcess(pid, new SafeFileHandle(descriptor, ownsHandle: true));
    }

    /// <summary>False when the process has ended already.</summary>
    public bool Signal(int signal) => _status == null && PidSendSignal(Descriptor, signal, 0, 0) == 0;

    /// <summary>Takes the exit status when the process has ended.</summary>
    public bool TryReap(out ExitStatus status) => Reap(NoHang, out status);

    /// <summary>Blocks the calling thread until the process ends.</summary>
    public ExitStatus Wait()
    {
        Reap(0, out var status);
        return status;
    }

    /// <summary>Waits on a thread of its own; cancelling stops the waiting, not the process.</summary>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        if (TryReap(out var status))
        {
            return Task.FromResult(status);
        }

        var completion = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                completion.SetResult(Wait());
            }
            catch (UnixException e)
            {
                completion.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = $"wait {Pid}",
        };
        thread.Start();
        return completion.Task.WaitAsync(cancellationToken);
    }

    public void Dispose() => Descriptor.Dispose();

    private bool Reap(int options, out ExitStatus status)
    {
        if (_status is { } known)
        {
            status = known;
            return true;
        }

        SignalInformation information;
        int result;
        do
        {
            information = default;
            result = WaitFor(ByPidFd, Descriptor, ref information, Exited | options);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

        if (result != 0)
        {
            throw UnixException.Last($"wait for process {Pid}");
        }

        if (information.Pid == 0)
        {
            status = default;
            return false;
        }

        status = information.Code == ExitedByCode ? new ExitStatus(information.Status, 0) : new ExitStatus(0, information.Status);
        _status = status;
        return true;
    }

    [LibraryImport("libc", EntryPoint = "pidfd_open", SetLastError = true)]
    private static partial int PidOpen(int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "pidfd_send_signal", SetLastError = true)]
    private static partial int PidSendSignal(SafeFileHandle descriptor, int signal, nint information, uint flags);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitFor(int type, SafeFileHandle descriptor, ref SignalInformation information, int options);

    // siginfo_t as waitid fills it on 64-bit Linux; 128 octets in all.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct SignalInformation
    {
        [FieldOffset(8)]
        public int Code;

        [FieldOffset(16)]
        public int Pid;

        [FieldOffset(24)]
        public int Status;
    }
}
