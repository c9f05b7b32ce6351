using System.Runtime.InteropServices;

namespace Estafeta.Unix.Polling;

/// <summary>poll(2), for loops that wait on descriptors .NET knows nothing of: pidfds, listeners, control sockets.</summary>
public static partial class Poller
{
    /// <summary>Waits until a descriptor is ready or the time is over (null: for ever). Returns how many are ready.</summary>
    public static int Wait(Span<PollEntry> entries, TimeSpan? timeout)
    {
        var milliseconds = timeout is { } limit ? (int)Math.Clamp(Math.Ceiling(limit.TotalMilliseconds), 0, int.MaxValue) : -1;
        var ready = Poll(entries, (nuint)entries.Length, milliseconds);
        if (ready >= 0)
        {
            return ready;
        }

        // An interrupted wait is an early one: the caller's loop looks at its clock anyway.
        return Marshal.GetLastPInvokeError() == Errno.EINTR ? 0 : throw UnixException.Last("poll");
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<PollEntry> entries, nuint count, int timeout);
}
