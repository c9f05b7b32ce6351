using System.Runtime.InteropServices;

namespace Estafeta.Unix.Identity;

/// <summary>Owner and group of files, which .NET does not show. Symbolic links are not followed.</summary>
public static partial class FileOwnership
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WantTypeModeOwner = 0x1 | 0x2 | 0x8 | 0x10;
    private const uint Keep = uint.MaxValue;

    /// <summary>Null when the file does not exist. <c>Mode</c> holds permissions and set-id bits.</summary>
    public static (uint Uid, uint Gid, uint Mode)? Of(string path)
    {
        // struct statx: stx_mask u32, blksize u32, attributes u64, nlink u32, uid u32, gid u32, mode u16.
        Span<byte> status = stackalloc byte[256];
        if (StatX(CurrentDirectory, path, NoFollow, WantTypeModeOwner, status) == 0)
        {
            return (BitConverter.ToUInt32(status[20..]), BitConverter.ToUInt32(status[24..]), BitConverter.ToUInt16(status[28..]) & 0xFFFu);
        }

        return Marshal.GetLastPInvokeError() is Errno.ENOENT or Errno.ENOTDIR ? null : throw UnixException.Last($"stat {path}");
    }

    /// <summary>lchown(2); null leaves owner or group as it is.</summary>
    public static void Set(string path, uint? uid, uint? gid)
    {
        if (ChangeOwner(path, uid ?? Keep, gid ?? Keep) != 0)
        {
            throw UnixException.Last($"chown {path}");
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint uid, uint gid);
}
