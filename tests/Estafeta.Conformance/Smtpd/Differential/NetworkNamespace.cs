using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>
/// A network of its own with nothing but loopback, entered by one thread: sockets made there, and programs started there, belong to it.
/// Needs root.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    private NetworkNamespace()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Null when this machine does not allow it.</summary>
    public static NetworkNamespace? TryCreate()
    {
        var network = new NetworkNamespace();
        if (network.Run(static () => Unshare(NewNetwork) == 0 && Execute("ip link set lo up") == 0))
        {
            return network;
        }

        network.Dispose();
        return null;
    }

    /// <summary>Runs something inside, and waits for it.</summary>
    public T Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>();
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult(); // a thread of a test that waits for a thread
    }

    /// <summary>A shell command, without output: daemons would keep a pipe of ours open. Call it inside.</summary>
    public static int Execute(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "{ " + command + "; } </dev/null >/dev/null 2>&1"]))!; // started, or an exception
        process.WaitForExit(60_000);
        return process.ExitCode;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
