using System.Runtime.InteropServices;

namespace Estafeta.Unix.Identity;

/// <summary>
/// Runs file work under another user's identity while the process stays root: mailbox delivery of local(8) and virtual(8).
/// Linux keeps credentials per thread and raw system calls change only the calling one, so the work runs on a thread of its own
/// that ends afterwards. The real and saved IDs stay root's: this guards against path tricks, not against foreign code; commands
/// run in a child process (<see cref="Processes.ChildProcess"/>) that drops for good.
/// The work must be synchronous: no await, no thread pool.
/// </summary>
public static partial class ThreadIdentity
{
    private static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static nint SetGroupsNumber => IsArm64 ? 159 : 116;

    private static nint SetGidsNumber => IsArm64 ? 149 : 119;

    private static nint SetUidsNumber => IsArm64 ? 147 : 117;

    /// <summary>Completes with the result of <paramref name="work"/>, or with its exception. Without root it runs as who we are.</summary>
    public static Task<T> RunAsync<T>(uint uid, uint gid, IReadOnlyList<uint> groups, Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => RunAs(uid, gid, groups, work, completion)) { IsBackground = true, Name = $"uid {uid}" };
        thread.Start();
        return completion.Task;
    }

    private static void RunAs<T>(uint uid, uint gid, IReadOnlyList<uint> groups, Func<T> work, TaskCompletionSource<T> completion)
    {
        try
        {
            if (Privileges.IsRoot)
            {
                Assume(uid, gid, [.. groups]);
            }

            completion.SetResult(work());
        }
        catch (Exception e)
        {
            completion.SetException(e);
        }
    }

    private static unsafe void Assume(uint uid, uint gid, uint[] groups)
    {
        fixed (uint* list = groups)
        {
            Require(SystemCall(SetGroupsNumber, groups.Length, (nint)list, 0), "setgroups");
        }

        Require(SystemCall(SetGidsNumber, -1, (nint)gid, -1), $"setresgid({gid})");
        Require(SystemCall(SetUidsNumber, -1, (nint)uid, -1), $"setresuid({uid})");
        if (Privileges.EffectiveUid != uid)
        {
            throw new UnixException($"identity of user {uid} did not take effect", Errno.EPERM);
        }
    }

    private static void Require(nint result, string operation)
    {
        if (result != 0)
        {
            throw UnixException.Last(operation);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);
}
