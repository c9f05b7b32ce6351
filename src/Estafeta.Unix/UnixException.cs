using System.Runtime.InteropServices;

namespace Estafeta.Unix;

/// <summary>A system call failed. The message reads as Postfix writes them: <c>open file x: Permission denied</c>.</summary>
public sealed class UnixException : IOException
{
    public UnixException(string operation, int errno)
        : base($"{operation}: {Describe(errno)}") => Errno = errno;

    /// <summary>The system's error number, one of <see cref="Unix.Errno"/>.</summary>
    public int Errno { get; }

    /// <summary>The disk or the quota is full: nothing is broken, and it may pass by itself.</summary>
    public bool IsNoSpace => Errno is Unix.Errno.ENOSPC or Unix.Errno.EDQUOT;

    /// <summary>The failure of the system call just made on this thread.</summary>
    public static UnixException Last(string operation) => new(operation, Marshal.GetLastPInvokeError());

    /// <summary>strerror(3).</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
