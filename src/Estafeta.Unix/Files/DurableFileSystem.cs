using System.Runtime.InteropServices;

namespace Estafeta.Unix.Files;

/// <summary>
/// Every file operation the queue store makes, in one replaceable object: tests derive from it to fail the n-th call, to tear
/// a write, or to record the sequence of writes and rebuild the disk as a crash would have left it.
/// </summary>
public class DurableFileSystem
{
    public static readonly DurableFileSystem Default = new();

    public virtual DurableFile Open(string path, OpenFlags flags, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        DurableFile.Open(path, flags, mode);

    public virtual void Write(DurableFile file, ReadOnlySpan<byte> octets, long offset) => file.Write(octets, offset);

    public virtual int Read(DurableFile file, Span<byte> buffer, long offset) => file.Read(buffer, offset);

    public virtual void SyncData(DurableFile file) => file.SyncData();

    public virtual void Sync(DurableFile file) => file.Sync();

    public virtual void Allocate(DurableFile file, long length) => file.Allocate(length);

    public virtual void Truncate(DurableFile file, long length) => file.Truncate(length);

    /// <summary>Removes a file; false when there is none.</summary>
    public virtual bool Delete(string path)
    {
        if (LibC.Unlink(path) == 0)
        {
            return true;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.ENOENT ? false : throw new UnixException($"unlink {path}", errno);
    }

    public virtual void Rename(string from, string to)
    {
        if (LibC.Rename(from, to) != 0)
        {
            throw UnixException.Last($"rename {from}");
        }
    }

    /// <summary>A second name for a file; never replaces one that is there.</summary>
    public virtual void Link(string from, string to)
    {
        if (LibC.Link(from, to) != 0)
        {
            throw UnixException.Last($"link {to}");
        }
    }

    /// <summary>Makes names created, renamed or removed in the directory durable.</summary>
    public virtual void SyncDirectory(string path)
    {
        using var directory = DurableFile.Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        directory.Sync();
    }

    /// <summary>Makes a directory; false when it is there already.</summary>
    public virtual bool CreateDirectory(string path, UnixFileMode mode)
    {
        if (LibC.MkDir(path, (uint)mode) == 0)
        {
            return true;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.EEXIST ? false : throw new UnixException($"mkdir {path}", errno);
    }

    /// <summary>Names of the files in a directory, in no order.</summary>
    public virtual IEnumerable<string> List(string directory) => Directory.EnumerateFiles(directory).Select(p => Path.GetFileName(p)!);

    /// <summary>Octets an unprivileged process may still write to the file system that holds the path.</summary>
    public virtual long GetFreeOctets(string path) => new DriveInfo(path).AvailableFreeSpace;
}
