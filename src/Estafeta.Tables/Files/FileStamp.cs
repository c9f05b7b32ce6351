using System.Runtime.InteropServices;

namespace Estafeta.Tables.Files;

/// <summary>What tells one content of a file from another: device, inode, size, time of change. Read by one statx(2).</summary>
public readonly partial record struct FileStamp(ulong Device, ulong Inode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds)
{
    private const int CurrentDirectory = -100;
    private const int FollowLink = 0;
    private const uint BasicStatistics = 0x7ff;

    public bool IsNewerThan(FileStamp other) =>
        (ModifiedSeconds, ModifiedNanoseconds).CompareTo((other.ModifiedSeconds, other.ModifiedNanoseconds)) > 0;

    /// <summary>The last change is long enough ago that another one would show.</summary>
    public bool IsSettled(TimeProvider time) => ModifiedSeconds + 1 < time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>False when the path cannot be looked at: it is gone, or this process is in a chroot jail.</summary>
    public static bool TryRead(string path, out FileStamp stamp)
    {
        if (StatX(CurrentDirectory, path, FollowLink, BasicStatistics, out var buffer) != 0)
        {
            stamp = default;
            return false;
        }

        stamp = new FileStamp(((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor, buffer.Inode, (long)buffer.Size, buffer.Modified.Seconds, buffer.Modified.Nanoseconds);
        return true;
    }

    public static bool TryReadOwner(string path, out uint user, out uint group)
    {
        var isRead = StatX(CurrentDirectory, path, FollowLink, BasicStatistics, out var buffer) == 0;
        (user, group) = (buffer.User, buffer.Group);
        return isRead;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int StatX(int directory, string path, int flags, uint mask, out StatBuffer buffer);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timestamp
    {
        public long Seconds;
        public uint Nanoseconds;
        private readonly int _reserved;
    }

    // struct statx is the same on every architecture, unlike struct stat.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct StatBuffer
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint User;
        public uint Group;
        public ushort Mode;
        private readonly ushort _spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public Timestamp Accessed;
        public Timestamp Born;
        public Timestamp Changed;
        public Timestamp Modified;
        public uint RawDeviceMajor;
        public uint RawDeviceMinor;
        public uint DeviceMajor;
        public uint DeviceMinor;
    }
}
