using System.Runtime.InteropServices;

namespace Estafeta.Unix.Files;

/// <summary>A system call on a file failed. Carries errno, so that callers tell a full disk from a broken one.</summary>
public sealed class UnixIOException(string operation, string path, int errno)
    : IOException($"{operation} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno)
{
    public int ErrorNumber { get; } = errno;

    /// <summary>The system call, as strace prints it.</summary>
    public string Operation { get; } = operation;

    public string Path { get; } = path;

    /// <summary>The reason as strerror(3) words it, without operation and path.</summary>
    public string Reason => Marshal.GetPInvokeErrorMessage(ErrorNumber);

    /// <summary>The disk or the quota is full: it may pass by itself, and nothing is broken.</summary>
    public bool IsNoSpace => ErrorNumber is Errno.ENOSPC or Errno.EDQUOT;
}
