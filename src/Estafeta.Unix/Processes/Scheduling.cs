using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>How the kernel shares processors between us and others: sched(7).</summary>
public static partial class Scheduling
{
    private const int Batch = 3;

    /// <summary>
    /// SCHED_BATCH for this thread and all it starts: same share of the processor, but a wake-up does not push aside what is running.
    /// Events of several connections gather meanwhile and are then handled in one go. Best effort: false when the kernel does not let us.
    /// </summary>
    public static bool PreferThroughput()
    {
        var priority = 0;
        return SetScheduler(0, Batch, in priority) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
