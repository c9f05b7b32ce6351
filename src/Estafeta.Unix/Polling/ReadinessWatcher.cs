using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Estafeta.Unix.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Unix.Polling;

/// <summary>
/// Waits for input on many sockets that .NET shall know nothing of, by one epoll(7) and one thread. .NET never forgets a socket that it has
/// waited for while another process holds it too: a connection that is handed on to another process would go on waking up this one with every
/// packet. Here a socket is forgotten when its wait ends.
/// </summary>
public sealed partial class ReadinessWatcher : IDisposable
{
    private const int Add = 1;
    private const int Delete = 2;
    private const uint In = 0x001;
    private const uint PeerClosed = 0x2000;
    private const uint OneShot = 1u << 30;
    private const int CloseOnExec = 0x80000;
    private const int Batch = 256;

    // struct epoll_event: the events, then eight octets of our own; packed on x86-64 only.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EntryOctets = DataOffset + 8;

    private readonly SafeFileHandle _epoll;
    private readonly WakeUp _end = new();
    private readonly Thread _thread;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<bool>> _waiting = new();
    private volatile bool _isEnding;

    public ReadinessWatcher()
    {
        var descriptor = Create(CloseOnExec);
        _epoll = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw UnixException.Last("epoll_create1");
        Control(Add, _end.Descriptor, In);
        _thread = new Thread(Run) { IsBackground = true, Name = "readiness" };
        _thread.Start();
    }

    /// <summary>
    /// True when there is something to read or the peer is gone; false when the token ended the wait. The socket is the caller's, who keeps it
    /// open and does nothing else with it until then.
    /// </summary>
    public async Task<bool> WaitReadableAsync(Socket socket, CancellationToken cancellationToken)
    {
        // An event may be about an earlier socket with this number.
        while (await WaitAsync(socket, cancellationToken))
        {
            if (SocketStream.IsReadable(socket))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose()
    {
        _isEnding = true;
        _end.Set();
        _thread.Join();
        _end.Dispose();
        _epoll.Dispose();
    }

    private async Task<bool> WaitAsync(Socket socket, CancellationToken cancellationToken)
    {
        var descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_waiting.TryAdd(descriptor, ready))
        {
            throw new InvalidOperationException("this socket is waited for already");
        }

        using var ending = cancellationToken.UnsafeRegister(static r => ((TaskCompletionSource<bool>)r!).TrySetResult(false), ready);
        try
        {
            Control(Add, descriptor, In | PeerClosed | OneShot);
            return await ready.Task;
        }
        finally
        {
            _ = _waiting.TryRemove(descriptor, out _);
            Control(Delete, descriptor, 0);
        }
    }

    private void Run()
    {
        Span<byte> events = stackalloc byte[Batch * EntryOctets];
        while (!_isEnding)
        {
            var count = Wait(_epoll, events, Batch, -1);
            for (var i = 0; i < count; i++)
            {
                if (_waiting.TryGetValue(MemoryMarshal.Read<int>(events[((i * EntryOctets) + DataOffset)..]), out var ready))
                {
                    ready.TrySetResult(true);
                }
            }

            if (count < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw UnixException.Last("epoll_wait");
            }
        }
    }

    private void Control(int operation, int descriptor, uint events)
    {
        Span<byte> entry = stackalloc byte[EntryOctets];
        entry.Clear();
        MemoryMarshal.Write(entry, in events);
        MemoryMarshal.Write(entry[DataOffset..], in descriptor);
        if (Control(_epoll, operation, descriptor, entry) < 0)
        {
            throw UnixException.Last("epoll_ctl");
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle epoll, int operation, int descriptor, Span<byte> entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeFileHandle epoll, Span<byte> events, int count, int timeout);
}
