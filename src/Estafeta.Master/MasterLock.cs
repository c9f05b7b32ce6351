using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Locks;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Master;

/// <summary>
/// What keeps two masters off one queue: a lock on <c>pid/master.pid</c> (root's) and one on <c>master.lock</c> in the data directory
/// (mail_owner's), as Postfix holds them, so the two programs respect each other too. The pid file has the number in 32 columns.
/// </summary>
internal sealed partial class MasterLock : IDisposable
{
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int NoFollow = 0x20000;
    private readonly SafeFileHandle _pidFile;
    private readonly SafeFileHandle? _dataLock;

    private MasterLock(SafeFileHandle pidFile, SafeFileHandle? dataLock)
    {
        _pidFile = pidFile;
        _dataLock = dataLock;
    }

    /// <summary>Takes both locks and writes the pid. Throws <see cref="UnixException"/>, whose message names the file.</summary>
    public static MasterLock Take(MasterSettings settings)
    {
        var pidPath = settings.PidFile.Path;
        var pidFile = Open(pidPath);
        try
        {
            if (!FileLock.TryFlock(pidFile, exclusive: true))
            {
                throw new UnixException($"open lock file {pidPath}: unable to set exclusive lock", Errno.EAGAIN);
            }

            var dataLock = TakeDataLock(settings);
            var text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId,32}\n");
            // Never truncated first: a reader always finds a number.
            RandomAccess.SetLength(pidFile, text.Length);
            RandomAccess.Write(pidFile, Encoding.ASCII.GetBytes(text), 0);
            return new MasterLock(pidFile, dataLock);
        }
        catch
        {
            pidFile.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _dataLock?.Dispose();
        _pidFile.Dispose();
    }

    // The file belongs to mail_owner, who must be able to create it: a wrong owner of the data directory shows here.
    private static SafeFileHandle TakeDataLock(MasterSettings settings)
    {
        var path = Path.Combine(settings.DataDirectory, "master.lock");
        var owner = settings.MailOwner;
        var file = owner == null ? Open(path) : OpenAs(owner.Uid, owner.Gid, path);
        if (FileLock.TryFlock(file, exclusive: true))
        {
            return file;
        }

        file.Dispose();
        throw new UnixException($"open lock file {path}: unable to set exclusive lock", Errno.EAGAIN);
    }

    private static SafeFileHandle OpenAs(uint uid, uint gid, string path)
    {
        using var identity = FileIdentity.Assume(uid, gid);
        return Open(path);
    }

    private static SafeFileHandle Open(string path)
    {
        var descriptor = OpenFile(path, ReadWrite | Create | CloseOnExec | NoFollow, 0x180);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw UnixException.Last($"open lock file {path}: cannot open file");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);
}
