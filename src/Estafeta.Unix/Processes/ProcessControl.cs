using System.Globalization;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>Small calls about this process and others: signals, sessions, umask, limits.</summary>
public static partial class ProcessControl
{
    /// <summary>A signal that whoever started us had ignored, as shells do for what they run in the background, is one again.</summary>
    public static void HearAgain(int signal) => _ = SetHandler(signal, 0);

    /// <summary>The signal does nothing to this process; children start with their own ideas of it.</summary>
    internal static void Ignore(int signal) => _ = SetHandler(signal, 1);

    /// <summary>kill(2); a negative pid is a process group. False when there is no such process.</summary>
    public static bool Signal(int pid, int signal)
    {
        if (Kill(pid, signal) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == Errno.ESRCH ? false : throw UnixException.Last($"kill({pid}, {signal})");
    }

    /// <summary>The processes that one started, as the kernel lists them; none where it does not (proc(5): CONFIG_PROC_CHILDREN) or when it has gone.</summary>
    public static List<int> ChildrenOf(int pid)
    {
        try
        {
            // A child belongs to the thread that started it.
            return [.. Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
                .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Whether a process with this number exists, ours or not.</summary>
    public static bool Exists(int pid) => Kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() == Errno.EPERM;

    /// <summary>Sets the file mode creation mask of the process, returns the old one.</summary>
    public static uint SetUmask(uint mask) => Umask(mask);

    /// <summary>Starts a session of its own; false when this process leads a group already.</summary>
    public static bool StartSession() => SetSession() >= 0;

    /// <summary>The process group of this process: what kill(-group) reaches.</summary>
    public static int ProcessGroup => GetProcessGroup();

    /// <summary>Replaces this program by another in the same process. Returns only by exception.</summary>
    public static void Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using var argumentVector = new StringVector(arguments);
        using var environmentVector = new StringVector(environment);
        _ = Exec(path, argumentVector.Pointer, environmentVector.Pointer);
        throw UnixException.Last($"exec {path}");
    }

    /// <summary>
    /// Points standard error at /dev/null, and with it every copy of it that the runtime made for itself: a daemon lets go of the terminal or
    /// pipe it was started from.
    /// </summary>
    public static void CloseStandardError()
    {
        const int StandardError = 2;
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var target = new FileInfo($"/proc/self/fd/{StandardError}").LinkTarget;
        foreach (var entry in Directory.GetFiles("/proc/self/fd"))
        {
            if (new FileInfo(entry).LinkTarget == target && int.TryParse(Path.GetFileName(entry), out var descriptor))
            {
                _ = Duplicate((int)nowhere.DangerousGetHandle(), descriptor);
            }
        }
    }

    /// <summary>
    /// Waits for ended children that nobody else waits for: process 1 inherits those whose parents are gone. Ends at the first ended
    /// child that is in <paramref name="ours"/>, which its owner reaps.
    /// </summary>
    public static void ReapStrangers(HashSet<int> ours)
    {
        const int ByPid = 1;
        const int Exited = 4;
        const int NoHang = 1;
        const int LeaveWaitable = 0x01000000;
        Span<byte> information = stackalloc byte[128];
        while (true)
        {
            information.Clear();
            if (WaitId(0, 0, information, Exited | NoHang | LeaveWaitable) != 0)
            {
                return;
            }

            var pid = BitConverter.ToInt32(information[16..]);
            if (pid == 0 || ours.Contains(pid) || WaitId(ByPid, pid, information, Exited | NoHang) != 0)
            {
                return;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int type, int id, Span<byte> information, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetProcessGroup();

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exec(string path, nint arguments, nint environment);
}
