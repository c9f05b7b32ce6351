using System.Runtime.InteropServices;

namespace Estafeta.Unix.Files;

/// <summary>
/// An open file whose writes and syncs report every error: .NET's own flush calls hide them. All calls block; each throws
/// <see cref="UnixException"/> with errno. After a failed sync the written pages must be given up, never synced again:
/// the kernel forgets them (fsync(2)). Positional calls may run at once from several threads.
/// </summary>
public sealed unsafe class DurableFile : SafeHandle
{
    private DurableFile(int descriptor, string path)
        : base(-1, ownsHandle: true)
    {
        SetHandle(descriptor);
        Path = path;
    }

    public override bool IsInvalid => handle == -1;

    public string Path { get; }

    public static DurableFile Open(string path, OpenFlags flags, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        while (true)
        {
            var descriptor = LibC.Open(path, flags.ToNative(), (uint)mode);
            if (descriptor >= 0)
            {
                return new DurableFile(descriptor, path);
            }

            ThrowUnlessInterrupted("open", path);
        }
    }

    /// <summary>Writes all of it, or throws; then any part may have been written.</summary>
    public void Write(ReadOnlySpan<byte> octets, long offset)
    {
        fixed (byte* start = octets)
        {
            for (var done = 0; done < octets.Length;)
            {
                var n = LibC.PWrite(this, start + done, octets.Length - done, offset + done);
                if (n < 0)
                {
                    ThrowUnlessInterrupted("pwrite", Path);
                    continue;
                }

                done += (int)n;
            }
        }
    }

    /// <summary>write(2), for files opened to append and for devices and FIFOs, which have no offsets.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
        {
            for (var done = 0; done < octets.Length;)
            {
                var n = LibC.Write(this, start + done, octets.Length - done);
                if (n < 0)
                {
                    ThrowUnlessInterrupted("write", Path);
                    continue;
                }

                done += (int)n;
            }
        }
    }

    /// <summary>Reads until the buffer is full or the file ends; returns the octets read.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                var n = LibC.PRead(this, start + done, buffer.Length - done, offset + done);
                if (n == 0)
                {
                    break;
                }

                if (n < 0)
                {
                    ThrowUnlessInterrupted("pread", Path);
                    continue;
                }

                done += (int)n;
            }
        }

        return done;
    }

    /// <summary>fsync(2): data and all metadata.</summary>
    public void Sync() => Check(LibC.FSync(this), "fsync");

    /// <summary>fdatasync(2): data, and the metadata needed to read it back.</summary>
    public void SyncData() => Check(LibC.FDataSync(this), "fdatasync");

    /// <summary>Starts writing dirty pages out without waiting, so that a later sync is short. Promises nothing.</summary>
    public void StartWriteback(long offset, long length) => _ = LibC.SyncFileRange(this, offset, length, 2);

    /// <summary>fchmod(2): the umask has no say.</summary>
    public void SetMode(UnixFileMode mode) => Check(LibC.FChMod(this, (uint)mode), "fchmod");

    public void Truncate(long length) => Check(LibC.FTruncate(this, length), "ftruncate");

    /// <summary>Reserves blocks and extends the file. Falls back to writing zeros where the file system cannot.</summary>
    public void Allocate(long length)
    {
        while (LibC.FAllocate(this, 0, 0, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP)
            {
                WriteZeros(length);
                return;
            }

            ThrowUnlessInterrupted("fallocate", Path);
        }
    }

    public long GetLength()
    {
        var length = LibC.LSeek(this, 0, 2);
        return length >= 0 ? length : throw UnixException.Last($"lseek {Path}");
    }

    public void ChangeOwner(uint uid, uint gid) => Check(LibC.FChown(this, uid, gid), "fchown");

    /// <summary>What the open file is, whatever its name has become.</summary>
    public FileStatus GetStatus() => FileStatus.Of(this);

    /// <summary>Takes flock(2)'s exclusive lock if nobody has it.</summary>
    public bool TryLockExclusively()
    {
        while (LibC.FLock(this, 2 | 4) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Errno.EAGAIN)
            {
                return false;
            }

            ThrowUnlessInterrupted("flock", Path);
        }

        return true;
    }

    protected override bool ReleaseHandle() => LibC.Close((int)handle) == 0;

    private static void ThrowUnlessInterrupted(string operation, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.EINTR)
        {
            throw new UnixException($"{operation} {path}", errno);
        }
    }

    private void WriteZeros(long length)
    {
        var zeros = new byte[64 * 1024];
        for (long at = 0; at < length; at += zeros.Length)
        {
            Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - at)), at);
        }
    }

    // An interrupted sync has not been done; it may be called again, unlike a failed one.
    private void Check(int result, string operation)
    {
        if (result != 0)
        {
            throw UnixException.Last($"{operation} {Path}");
        }
    }
}
