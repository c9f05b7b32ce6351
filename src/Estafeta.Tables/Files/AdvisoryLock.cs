using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Tables.Files;

/// <summary>
/// The locks by which Postfix's readers and writers of a table keep apart: flock(2) on Berkeley DB files, fcntl(2) on LMDB files.
/// Ours are open-file-description locks, which exclude fcntl's but belong to the descriptor, not the process. Never waits.
/// </summary>
internal static partial class AdvisoryLock
{
    private const int FlockShared = 1;
    private const int FlockExclusive = 2;
    private const int FlockNonBlocking = 4;
    private const int FlockUnlock = 8;
    private const int SetOpenFileLock = 37;
    private const short LockRead = 0;
    private const short LockWrite = 1;
    private const short LockNone = 2;
    private const int ErrorAccess = 13;
    private const int ErrorWouldBlock = 11;

    /// <summary>False when somebody holds a lock against it.</summary>
    public static bool TryFlock(SafeFileHandle file, bool exclusive) =>
        Check(Flock(file, (exclusive ? FlockExclusive : FlockShared) | FlockNonBlocking), "flock");

    public static void UnlockFlock(SafeFileHandle file) => _ = Flock(file, FlockUnlock);

    public static bool TryRecordLock(int descriptor, bool exclusive) => Check(SetLock(descriptor, exclusive ? LockWrite : LockRead), "fcntl");

    public static void UnlockRecord(int descriptor) => _ = SetLock(descriptor, LockNone);

    private static bool Check(int result, string call)
    {
        if (result == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error is ErrorWouldBlock or ErrorAccess
            ? false
            : throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static int SetLock(int descriptor, short type)
    {
        var range = new LockRange { Type = type };
        return Control(descriptor, SetOpenFileLock, ref range);
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    // fcntl is variadic in C; on the 64-bit Linux ABIs a pointer third argument passes alike.
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, ref LockRange range);

    // struct flock of 64-bit Linux: the whole file from the start.
    [StructLayout(LayoutKind.Sequential)]
    private struct LockRange
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
