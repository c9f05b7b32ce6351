using System.Runtime.InteropServices;
using Estafeta.Unix.Polling;

namespace Estafeta.Unix.Files;

/// <summary>
/// Standard input, output or error by read(2) and write(2), at the position that the descriptor shares with other processes. Console's streams would
/// make ready for a terminal (a thread, signal handlers); a FileStream would write at a position of its own, over what others wrote to the same file.
/// Not thread-safe beyond that: one write is one call where the kernel takes it whole.
/// </summary>
public sealed unsafe partial class StandardStream : Stream
{
    private readonly int _descriptor;
    private bool _isUnread;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    public override bool CanRead => _descriptor == 0;

    public override bool CanSeek => false;

    public override bool CanWrite => _descriptor != 0;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static StandardStream Input() => new(0);

    public static StandardStream Output() => new(1);

    public static StandardStream Error() => new(2);

    /// <exception cref="UnixException">The descriptor is closed or fails.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            fixed (byte* start = buffer)
            {
                count = Read(_descriptor, start, buffer.Length);
            }

            if (count >= 0)
            {
                return (int)count;
            }

            WaitOrThrow("read", PollEntry.Readable(_descriptor));
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    // A command has nothing else to do than to wait for its input, so no second thread waits for it.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    /// <summary>What a reader that went away (<c>| head</c>) does not take is dropped: the command goes on to its exit status.</summary>
    /// <exception cref="UnixException">The descriptor is closed or fails, or the disk is full.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty && !_isUnread)
        {
            nint count;
            fixed (byte* start = buffer)
            {
                count = Write(_descriptor, start, buffer.Length);
            }

            if (count >= 0)
            {
                buffer = buffer[(int)count..];
            }
            else if (Marshal.GetLastPInvokeError() == Errno.EPIPE)
            {
                _isUnread = true;
            }
            else
            {
                WaitOrThrow("write", PollEntry.Writable(_descriptor));
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Whoever gave us the descriptor may have made it non-blocking.
    private static void WaitOrThrow(string operation, PollEntry wanted)
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Errno.EINTR:
                return;
            case Errno.EAGAIN:
                Poller.Wait([wanted], null);
                return;
            default:
                throw UnixException.Last($"{operation} descriptor {wanted.Descriptor}");
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nint count);
}
