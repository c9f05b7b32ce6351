using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>
/// A thread with no_new_privs (prctl(2)), for starting a program: the child is so from its first instruction on, in all its threads, and its own
/// children are. Linux keeps the bit per thread, so the rest of this process stays as it is; the thread ends with the work.
/// </summary>
internal static partial class ConfinedThread
{
    private const int SetNoNewPrivileges = 38;

    /// <summary>Returns the result of the work, or throws its exception.</summary>
    public static T Run<T>(Func<T> work)
    {
        var result = default(T);
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = Control(SetNoNewPrivileges, 1, 0, 0, 0) == 0 ? work() : throw UnixException.Last("prctl(PR_SET_NO_NEW_PRIVS)");
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!; // set, or thrown
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint second, nint third, nint fourth, nint fifth);
}
