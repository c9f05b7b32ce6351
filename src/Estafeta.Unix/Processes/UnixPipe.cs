using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Unix.Processes;

/// <summary>pipe(2) between us and a child. Both ends are close-on-exec; ours is non-blocking, for use with <see cref="Polling.Poller"/>.</summary>
public sealed unsafe partial class UnixPipe : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SetFlags = 4;
    private readonly SafeFileHandle _reader;
    private readonly SafeFileHandle _writer;

    private UnixPipe(int reader, int writer)
    {
        _reader = new SafeFileHandle(reader, ownsHandle: true);
        _writer = new SafeFileHandle(writer, ownsHandle: true);
    }

    public int ReadDescriptor => (int)_reader.DangerousGetHandle();

    public int WriteDescriptor => (int)_writer.DangerousGetHandle();

    /// <summary>We write, the child reads.</summary>
    public static UnixPipe ToChild() => Create(weWrite: true);

    /// <summary>The child writes, we read.</summary>
    public static UnixPipe FromChild() => Create(weWrite: false);

    /// <summary>Octets written; -1 when the pipe is full; throws when nobody reads any more (EPIPE).</summary>
    public int TryWrite(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
        {
            return Check(Write(_writer, start, octets.Length), "write");
        }
    }

    /// <summary>Octets read; 0 at the end; -1 when there are none yet.</summary>
    public int TryRead(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Check(Read(_reader, start, buffer.Length), "read");
        }
    }

    public void CloseReader() => _reader.Dispose();

    public void CloseWriter() => _writer.Dispose();

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private static UnixPipe Create(bool weWrite)
    {
        var ends = stackalloc int[2];
        if (Pipe(ends, CloseOnExec) != 0)
        {
            throw UnixException.Last("pipe");
        }

        var pipe = new UnixPipe(ends[0], ends[1]);
        return Control(weWrite ? pipe._writer : pipe._reader, SetFlags, NonBlocking) == 0 ? pipe : throw UnixException.Last("fcntl");
    }

    private static int Check(nint result, string operation)
    {
        if (result >= 0)
        {
            return (int)result;
        }

        return Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EINTR ? -1 : throw UnixException.Last(operation);
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle handle, int command, int argument);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, byte* buffer, nint count);
}
