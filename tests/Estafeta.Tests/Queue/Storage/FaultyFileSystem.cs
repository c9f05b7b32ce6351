using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>The real disk, but chosen calls fail: the n-th, some in a row, or all that need space on a disk of a given size.</summary>
internal sealed class FaultyFileSystem : DurableFileSystem
{
    private int _calls;
    private long _usedOctets;

    /// <summary>The first call that fails, counted from 1; 0 for none.</summary>
    public int FailFrom { get; set; }

    public int FailCount { get; set; } = 1;

    public int ErrorNumber { get; set; } = Errno.EIO;

    /// <summary>How many octets of files fit.</summary>
    public long CapacityOctets { get; set; } = long.MaxValue;

    public int Calls => Volatile.Read(ref _calls);

    public bool HasFailed { get; private set; }

    public override DurableFile Open(string path, OpenFlags flags, UnixFileMode mode)
    {
        if (flags.HasFlag(OpenFlags.Create))
        {
            Count("open");
        }

        return base.Open(path, flags, mode);
    }

    public override void Write(DurableFile file, ReadOnlySpan<byte> octets, long offset)
    {
        Count("pwrite");
        Occupy(offset + octets.Length - file.GetLength());
        base.Write(file, octets, offset);
    }

    public override void SyncData(DurableFile file)
    {
        Count("fdatasync");
        base.SyncData(file);
    }

    public override void Sync(DurableFile file)
    {
        Count("fsync");
        base.Sync(file);
    }

    public override void Allocate(DurableFile file, long length)
    {
        Count("fallocate");
        Occupy(length - file.GetLength());
        base.Allocate(file, length);
    }

    public override bool Delete(string path)
    {
        Count("unlink");
        var length = File.Exists(path) ? new FileInfo(path).Length : 0;
        var deleted = base.Delete(path);
        Interlocked.Add(ref _usedOctets, -length);
        return deleted;
    }

    public override void SyncDirectory(string path)
    {
        Count("fsync");
        base.SyncDirectory(path);
    }

    public void Heal() => FailFrom = 0;

    private void Count(string operation)
    {
        var call = Interlocked.Increment(ref _calls);
        if (FailFrom > 0 && call >= FailFrom && call < FailFrom + FailCount)
        {
            HasFailed = true;
            throw new UnixException(operation, ErrorNumber);
        }
    }

    private void Occupy(long octets)
    {
        if (octets <= 0)
        {
            return;
        }

        if (Interlocked.Add(ref _usedOctets, octets) > CapacityOctets)
        {
            Interlocked.Add(ref _usedOctets, -octets);
            throw new UnixException("pwrite", Errno.ENOSPC);
        }
    }
}
