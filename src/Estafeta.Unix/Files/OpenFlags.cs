using System.Runtime.InteropServices;

namespace Estafeta.Unix.Files;

/// <summary>How a file is opened, without the platform's numbers: they differ between x86-64 and arm64.</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 4,

    /// <summary>With <see cref="Create"/>: fail with EEXIST instead of opening what is there.</summary>
    Exclusive = 8,
    Truncate = 16,
    Append = 32,

    /// <summary>Fail with ELOOP when the last component is a symbolic link.</summary>
    NoFollow = 64,
    Directory = 128,

    /// <summary>Never wait for the other end of a FIFO or a device.</summary>
    NonBlocking = 256,
}

internal static class OpenFlagNumbers
{
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>The O_ bits; O_CLOEXEC always.</summary>
    internal static int ToNative(this OpenFlags flags)
    {
        var native = (int)(flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) | 0x80000;
        native |= flags.HasFlag(OpenFlags.Create) ? 0x40 : 0;
        native |= flags.HasFlag(OpenFlags.Exclusive) ? 0x80 : 0;
        native |= flags.HasFlag(OpenFlags.Truncate) ? 0x200 : 0;
        native |= flags.HasFlag(OpenFlags.Append) ? 0x400 : 0;
        native |= flags.HasFlag(OpenFlags.NonBlocking) ? 0x800 : 0;
        native |= flags.HasFlag(OpenFlags.Directory) ? (IsArm ? 0x4000 : 0x10000) : 0;
        native |= flags.HasFlag(OpenFlags.NoFollow) ? (IsArm ? 0x8000 : 0x20000) : 0;
        return native;
    }
}
