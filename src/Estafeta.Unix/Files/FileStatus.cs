using System.Runtime.InteropServices;

namespace Estafeta.Unix.Files;

/// <summary>What statx(2) says of a file, as far as deciding whether to trust it needs.</summary>
public readonly record struct FileStatus(uint Mode, uint Links, uint Uid, uint Gid, ulong Inode, ulong Device, long Length)
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const uint TypeMask = 0xf000;

    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    public bool IsDirectory => (Mode & TypeMask) == 0x4000;

    public bool IsSymbolicLink => (Mode & TypeMask) == 0xa000;

    public bool IsGroupWritable => (Mode & 0x10) != 0;

    public bool IsWorldWritable => (Mode & 0x2) != 0;

    /// <summary>Of a name; null when there is nothing of that name.</summary>
    public static unsafe FileStatus? Find(string path, bool followsLinks)
    {
        StatXBuffer buffer;
        if (LibC.StatX(CurrentDirectory, path, followsLinks ? 0 : DoNotFollow, BasicStats, &buffer) == 0)
        {
            return From(buffer);
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.ENOENT ? null : throw new UnixException($"stat {path}", errno);
    }

    internal static unsafe FileStatus Of(DurableFile file)
    {
        StatXBuffer buffer;
        return LibC.StatX(file, "", EmptyPath, BasicStats, &buffer) == 0 ? From(buffer) : throw UnixException.Last($"stat {file.Path}");
    }

    private static FileStatus From(in StatXBuffer buffer) => new(
        buffer.Mode,
        buffer.Links,
        buffer.Uid,
        buffer.Gid,
        buffer.Inode,
        ((ulong)buffer.DeviceMajor << 8) | buffer.DeviceMinor,
        buffer.Length);
}

/// <summary>struct statx; the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatXBuffer
{
    [FieldOffset(16)]
    public uint Links;

    [FieldOffset(20)]
    public uint Uid;

    [FieldOffset(24)]
    public uint Gid;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public long Length;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;
}
