using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>The real disk, but chosen calls fail: the n-th, some in a row, or all that need space on a disk of a given size.</summary>
internal sealed class FaultyFileSystem : DurableFileSystem
{
    private readonly Lock _gate = new();
    private int _calls;
    private int _failFrom;
    private int _failCount;
    private int _errorNumber;
    private long _usedOctets;

    /// <summary>How many octets of files fit.</summary>
    public long CapacityOctets { get; set; } = long.MaxValue;

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

    /// <summary>Of the calls from now on the n-th fails, and those after it up to a number.</summary>
    public void Fail(int n, int inARow, int errorNumber)
    {
        // At once: the store's upkeep makes calls of its own.
        lock (_gate)
        {
            (_failFrom, _failCount, _errorNumber) = (_calls + n, inARow, errorNumber);
        }
    }

    public void Heal() => Fail(0, 0, 0);

    private void Count(string operation)
    {
        lock (_gate)
        {
            _calls++;
            if (_calls >= _failFrom && _calls - _failFrom < _failCount)
            {
                HasFailed = true;
                throw new UnixException(operation, _errorNumber);
            }
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
