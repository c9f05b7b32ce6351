using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>
/// How the kernel shares processors between this process and others follows its load: sched(7). With much in hand its threads are
/// SCHED_BATCH: the same share of the processors, but a wake-up does not push aside what is running, so that events of many connections
/// gather and are handled in one go. With little in hand they keep the kernel's default, so that one client does not wait behind whatever
/// else the machine does. The state is the process's, as a umask is. Without <see cref="Enable"/> nothing happens.
/// </summary>
public static partial class LoadScheduling
{
    /// <summary>So many pieces of work at once are a load.</summary>
    public const int Many = 8;

    private const long CalmAfterMilliseconds = 1000;
    private const int Normal = 0;
    private const int Batch = 3;

    private static bool s_isEnabled;
    private static bool s_isBusy;
    private static long s_lastBusy;

    // One more than the policy the thread was given: a thread starts with that of the one that made it.
    [ThreadStatic]
    private static int t_policy;

    /// <summary>For a process that starts no programs of others: they would inherit it.</summary>
    public static void Enable() => Volatile.Write(ref s_isEnabled, true);

    /// <summary>So many pieces of work are in hand now. Cheap; call it when one begins or ends.</summary>
    public static void Note(int inHand)
    {
        if (!Volatile.Read(ref s_isEnabled))
        {
            return;
        }

        if (inHand >= Many)
        {
            Volatile.Write(ref s_lastBusy, Environment.TickCount64);
            Volatile.Write(ref s_isBusy, true);
        }
        else if (Volatile.Read(ref s_isBusy) && Environment.TickCount64 - Volatile.Read(ref s_lastBusy) > CalmAfterMilliseconds)
        {
            Volatile.Write(ref s_isBusy, false);
        }

        Follow();
    }

    /// <summary>Brings the calling thread to the policy of the process. Best effort: it is no reason not to work.</summary>
    public static void Follow()
    {
        if (!Volatile.Read(ref s_isEnabled))
        {
            return;
        }

        var policy = Volatile.Read(ref s_isBusy) ? Batch : Normal;
        if (t_policy - 1 != policy)
        {
            t_policy = policy + 1;
            var priority = 0;
            _ = SetScheduler(0, policy, in priority);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
