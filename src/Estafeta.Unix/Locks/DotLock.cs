using System.Runtime.InteropServices;
using System.Text;

namespace Estafeta.Unix.Locks;

/// <summary>
/// <c>mailbox.lock</c>: the lock file that mail readers honour where kernel locks do not reach (NFS, old programs). Made by linking a
/// temporary file, which is atomic everywhere; one older than stale_lock_time is taken for left over and removed.
/// </summary>
public sealed partial class DotLock : IDisposable
{
    private readonly string _lockPath;

    private DotLock(string lockPath) => _lockPath = lockPath;

    /// <summary>One attempt; null when somebody else holds the lock. Throws <see cref="UnixException"/> when it cannot be made.</summary>
    public static DotLock? TryAcquire(string mailboxPath, TimeSpan staleAfter, TimeProvider time)
    {
        var lockPath = mailboxPath + ".lock";
        var temporary = $"{lockPath}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.{time.GetTimestamp():x}";
        Write(temporary);
        try
        {
            if (Link(temporary, lockPath) == 0)
            {
                return new DotLock(lockPath);
            }

            if (Marshal.GetLastPInvokeError() != Errno.EEXIST)
            {
                throw UnixException.Last($"unable to create lock file {lockPath}");
            }

            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(lockPath) <= staleAfter)
            {
                return null;
            }

            File.Delete(lockPath);
            return Link(temporary, lockPath) == 0 ? new DotLock(lockPath) : null;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public void Dispose() => File.Delete(_lockPath);

    private static void Write(string temporary)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        };
        try
        {
            using var file = new FileStream(temporary, options);
            file.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
        }
        catch (UnauthorizedAccessException)
        {
            throw new UnixException($"unable to create lock file {temporary}", Errno.EACCES);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
