using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Unix.Polling;

/// <summary>An eventfd: another thread or a signal handler ends a <see cref="Poller"/> wait through it. Thread-safe.</summary>
public sealed partial class WakeUp : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private readonly SafeFileHandle _handle;

    public WakeUp()
    {
        var descriptor = Create(0, CloseOnExec | NonBlocking);
        _handle = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw UnixException.Last("eventfd");
    }

    public int Descriptor => (int)_handle.DangerousGetHandle();

    public void Set()
    {
        ulong one = 1;
        _ = Write(_handle, in one, sizeof(ulong));
    }

    /// <summary>Forgets the wake-ups so far.</summary>
    public void Reset() => _ = Read(_handle, out _, sizeof(ulong));

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int Create(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, in ulong value, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, out ulong value, nint count);
}
