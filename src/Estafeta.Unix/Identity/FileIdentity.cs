using System.Runtime.InteropServices;

namespace Estafeta.Unix.Identity;

/// <summary>
/// Makes the files and sockets this thread creates belong to another user until disposed (setfsuid, setfsgid): master creates the
/// queue's sockets as mail_owner. Dispose on the same thread, with no await between.
/// </summary>
public readonly partial struct FileIdentity : IDisposable
{
    private readonly uint _oldUid;
    private readonly uint _oldGid;

    private FileIdentity(uint oldUid, uint oldGid)
    {
        _oldUid = oldUid;
        _oldGid = oldGid;
    }

    public static FileIdentity Assume(uint uid, uint gid)
    {
        // The group first: afterwards we might not be allowed to.
        var oldGid = SetGroup(gid);
        var oldUid = SetUser(uid);
        return SetUser(uid) == uid && SetGroup(gid) == gid
            ? new FileIdentity(oldUid, oldGid)
            : throw new UnixException($"setfsuid({uid})", Errno.EPERM);
    }

    public void Dispose()
    {
        _ = SetUser(_oldUid);
        _ = SetGroup(_oldGid);
    }

    // Per thread in the kernel, and glibc leaves it so; the result is the identity before.
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial uint SetUser(uint uid);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial uint SetGroup(uint gid);
}
