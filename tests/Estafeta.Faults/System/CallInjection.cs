using System.Diagnostics;
using System.Globalization;
using Estafeta.Unix.Processes;

namespace Estafeta.Faults.System;

/// <summary>Lets the n-th call of a kind fail in each thread of a running process, by strace(1), until disposed.</summary>
internal sealed class CallInjection : IDisposable
{
    private readonly Process _strace;
    private readonly string _trace = Path.GetTempFileName();

    /// <param name="pid">The process.</param>
    /// <param name="call">Name of the system call.</param>
    /// <param name="error">EIO, ENOSPC…</param>
    /// <param name="when">strace's: <c>3</c> the third, <c>3+</c> the third and all after it.</param>
    public CallInjection(int pid, string call, string error, string when)
    {
        _strace = Process.Start(new ProcessStartInfo(
            "strace",
            ["-f", "-p", pid.ToString(CultureInfo.InvariantCulture), "-o", _trace, "-e", "trace=" + call, "-e", $"inject={call}:error={error}:when={when}"])
        {
            RedirectStandardError = true,
        })!;
        var line = _strace.StandardError.ReadLine() ?? "";
        if (!line.Contains("attached", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("strace: " + line);
        }
    }

    /// <summary>Why calls cannot be made to fail here, or null.</summary>
    public static string? Obstacle =>
        !Environment.IsPrivilegedProcess ? "failing system calls need root: the daemons are another user's"
        : !File.Exists("/usr/bin/strace") ? "strace is missing: apt-get install strace"
        : null;

    /// <summary>Lets the process go; returns how many calls were made to fail.</summary>
    public int End()
    {
        if (!_strace.HasExited)
        {
            // strace lets the process go at SIGTERM; SIGKILL would leave it stopped.
            ProcessControl.Signal(_strace.Id, SignalNumber.Terminate);
            _strace.WaitForExit();
        }

        return File.ReadLines(_trace).Count(l => l.Contains("(INJECTED)", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        End();
        _strace.Dispose();
        File.Delete(_trace);
    }
}
