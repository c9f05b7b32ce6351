using System.Runtime.InteropServices;
using Estafeta.Unix.Identity;

namespace Estafeta.Unix.Processes;

/// <summary>
/// A thread that takes another identity, root and working directory for good, and runs work that starts a command: posix_spawn gives the
/// child those of the calling thread. Linux keeps credentials per thread, and the file system context too once it is unshared, so the
/// rest of the process stays as it is. The thread ends with the work; there is no way back.
/// </summary>
public static partial class CommandThread
{
    private const nint UnshareFileSystem = 0x200;
    private static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static nint SetGroupsNumber => IsArm64 ? 159 : 116;

    private static nint SetGidsNumber => IsArm64 ? 149 : 119;

    private static nint SetUidsNumber => IsArm64 ? 147 : 117;

    private static nint UnshareNumber => IsArm64 ? 97 : 272;

    /// <summary>
    /// Completes with the result of the work, or its exception; a <see cref="CommandIdentityException"/> when the identity cannot be taken.
    /// Without root the work runs as who we are.
    /// </summary>
    public static Task<T> RunAsync<T>(CommandIdentity identity, Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Become(identity);
                completion.SetResult(work());
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = $"command uid {identity.Uid}",
        };
        thread.Start();
        return completion.Task;
    }

    private static void Become(CommandIdentity identity)
    {
        if (identity.Root != null || identity.Directory != null)
        {
            Require(SystemCall(UnshareNumber, UnshareFileSystem, 0, 0), "unshare");
        }

        if (identity.Root != null)
        {
            Require(Chroot(identity.Root), $"cannot change root to \"{identity.Root}\"");
            Require(ChangeDirectory("/"), $"cannot change directory to \"/\"");
        }

        if (Privileges.IsRoot)
        {
            TakeIdentity(identity);
        }

        if (identity.Directory != null)
        {
            Require(ChangeDirectory(identity.Directory), $"cannot change directory to \"{identity.Directory}\" for uid={identity.Uid} gid={identity.Gid}");
        }
    }

    private static unsafe void TakeIdentity(CommandIdentity identity)
    {
        var group = identity.Gid;
        Require(SystemCall(SetGroupsNumber, 1, (nint)(&group), 0), "setgroups");
        Require(SystemCall(SetGidsNumber, (nint)identity.Gid, (nint)identity.Gid, (nint)identity.Gid), $"setresgid({identity.Gid})");
        Require(SystemCall(SetUidsNumber, (nint)identity.Uid, (nint)identity.Uid, (nint)identity.Uid), $"setresuid({identity.Uid})");

        // A thread that believes it dropped its privileges and did not must not start anything.
        if (Privileges.EffectiveUid != identity.Uid || Privileges.RealUid != identity.Uid
            || (identity.Uid != 0 && SystemCall(SetUidsNumber, -1, 0, -1) == 0))
        {
            throw new CommandIdentityException($"identity of user {identity.Uid} did not take effect");
        }
    }

    private static void Require(nint result, string operation)
    {
        if (result != 0)
        {
            throw new CommandIdentityException($"{operation}: {UnixException.Describe(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chroot(string directory);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeDirectory(string directory);
}

/// <summary>The identity or directory of a command could not be taken; nothing was started.</summary>
public sealed class CommandIdentityException(string message) : Exception(message);
