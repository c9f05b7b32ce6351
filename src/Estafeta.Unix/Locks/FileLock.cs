using System.Runtime.InteropServices;

namespace Estafeta.Unix.Locks;

/// <summary>
/// Advisory locks on open files, in the two styles of mailbox_delivery_lock: <c>fcntl</c> and <c>flock</c>.
/// fcntl locks are taken as OFD locks: they conflict with other programs' fcntl locks as they should, but belong to the open file,
/// so that another thread closing the same file does not drop them. A lock ends with its handle.
/// </summary>
public static partial class FileLock
{
    private const int FcntlSet = 37;
    private const int FcntlSetWait = 38;
    private const short ReadLock = 0;
    private const short WriteLock = 1;
    private const short NoLock = 2;
    private const int FlockShared = 1;
    private const int FlockExclusive = 2;
    private const int FlockNonBlocking = 4;
    private const int FlockUnlock = 8;

    /// <summary>fcntl(2) style over the whole file; false when somebody else has it.</summary>
    public static bool TryFcntl(SafeHandle file, bool exclusive) => Succeeded(Fcntl(file, FcntlSet, Whole(exclusive)), "fcntl lock");

    /// <summary>fcntl(2) style; blocks the thread until the lock is free.</summary>
    public static void Fcntl(SafeHandle file, bool exclusive)
    {
        while (!Succeeded(Fcntl(file, FcntlSetWait, Whole(exclusive)), "fcntl lock"))
        {
        }
    }

    /// <summary>flock(2) style; false when somebody else has it.</summary>
    public static bool TryFlock(SafeHandle file, bool exclusive) =>
        Succeeded(Flock(file, (exclusive ? FlockExclusive : FlockShared) | FlockNonBlocking), "flock");

    /// <summary>flock(2) style; blocks the thread until the lock is free.</summary>
    public static void Flock(SafeHandle file, bool exclusive)
    {
        while (!Succeeded(Flock(file, exclusive ? FlockExclusive : FlockShared), "flock"))
        {
        }
    }

    /// <summary>Gives an fcntl style lock back while the file stays open.</summary>
    public static void UnlockFcntl(SafeHandle file) => _ = Fcntl(file, FcntlSet, new Range { Type = NoLock });

    /// <summary>Gives a flock style lock back while the file stays open.</summary>
    public static void UnlockFlock(SafeHandle file) => _ = Flock(file, FlockUnlock);

    private static bool Succeeded(int result, string operation)
    {
        if (result == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EACCES or Errno.EINTR ? false : throw UnixException.Last(operation);
    }

    private static Range Whole(bool exclusive) => new() { Type = exclusive ? WriteLock : ReadLock };

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeHandle file, int command, in Range range);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeHandle file, int operation);

    // struct flock; all zero means from the start to the end of the file.
    [StructLayout(LayoutKind.Sequential)]
    private struct Range
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Pid;
    }
}
