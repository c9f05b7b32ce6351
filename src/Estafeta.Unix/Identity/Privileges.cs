using System.Runtime.InteropServices;

namespace Estafeta.Unix.Identity;

/// <summary>
/// The identity of the whole process. glibc carries the set*id calls to every thread; each change is read back, because a
/// daemon that believes it dropped its privileges and did not is worse than one that does not start.
/// </summary>
public static partial class Privileges
{
    public static uint EffectiveUid => GetEffectiveUid();

    public static uint RealUid => GetUid();

    public static uint RealGid => GetGid();

    public static bool IsRoot => EffectiveUid == 0;

    /// <summary>The program file gives us a group that our caller does not have.</summary>
    public static bool IsSetGid => GetEffectiveGid() != RealGid;

    /// <summary>Becomes this user for good: real, effective and saved IDs, and exactly these supplementary groups.</summary>
    public static void DropTo(uint uid, uint gid, ReadOnlySpan<uint> groups)
    {
        if (SetGroups(groups.Length, groups) != 0)
        {
            throw UnixException.Last($"setgroups({groups.Length})");
        }

        if (SetGids(gid, gid, gid) != 0)
        {
            throw UnixException.Last($"setresgid({gid})");
        }

        if (SetUids(uid, uid, uid) != 0)
        {
            throw UnixException.Last($"setresuid({uid})");
        }

        Verify(uid, gid, groups);
    }

    /// <summary>Makes the directory the root of the file system for this process and changes to it. Needs root.</summary>
    public static void EnterChroot(string directory)
    {
        if (Chroot(directory) != 0)
        {
            throw UnixException.Last($"chroot({directory})");
        }

        if (ChangeDirectory("/") != 0)
        {
            throw UnixException.Last("chdir(/)");
        }
    }

    /// <summary>chdir(2); unlike .NET's property it does not resolve the path again for every relative name.</summary>
    public static void EnterDirectory(string directory)
    {
        if (ChangeDirectory(directory) != 0)
        {
            throw UnixException.Last($"chdir({directory})");
        }
    }

    private static void Verify(uint uid, uint gid, ReadOnlySpan<uint> groups)
    {
        if (GetUids(out var realUid, out var effectiveUid, out var savedUid) != 0 || GetGids(out var realGid, out var effectiveGid, out var savedGid) != 0)
        {
            throw UnixException.Last("reading back the process identity");
        }

        var isUser = realUid == uid && effectiveUid == uid && savedUid == uid;
        var isGroup = realGid == gid && effectiveGid == gid && savedGid == gid;

        // The way back to root must be closed, whatever the kernel says the IDs are.
        var isClosed = uid == 0 || SetUids(uint.MaxValue, 0, uint.MaxValue) != 0;
        if (!isUser || !isGroup || !isClosed || !HasExactly(groups))
        {
            throw new UnixException($"privileges of user {uid} group {gid} did not take effect", Errno.EPERM);
        }
    }

    private static bool HasExactly(ReadOnlySpan<uint> groups)
    {
        var count = GetGroups(0, []);
        if (count < 0)
        {
            throw UnixException.Last("getgroups");
        }

        var actual = new uint[count];
        if (GetGroups(count, actual) != count)
        {
            return false;
        }

        foreach (var group in actual)
        {
            if (!groups.Contains(group))
            {
                return false;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUid();

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint GetUid();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint GetEffectiveGid();

    [LibraryImport("libc", EntryPoint = "getgid")]
    private static partial uint GetGid();

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nint count, ReadOnlySpan<uint> groups);

    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetGroups(int count, Span<uint> groups);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGids(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUids(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "getresuid", SetLastError = true)]
    private static partial int GetUids(out uint real, out uint effective, out uint saved);

    [LibraryImport("libc", EntryPoint = "getresgid", SetLastError = true)]
    private static partial int GetGids(out uint real, out uint effective, out uint saved);

    [LibraryImport("libc", EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chroot(string directory);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeDirectory(string directory);
}
