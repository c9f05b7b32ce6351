using System.Runtime.InteropServices;

namespace Estafeta.Unix.Processes;

/// <summary>
/// posix_spawn(3): fork is unsafe in a .NET process. Descriptors are lifted out of the way, then put in their places, and all
/// others closed; the child starts with no signal blocked or ignored (but SIGXFSZ where its files are limited), whatever the runtime did with
/// them here.
/// </summary>
internal static unsafe partial class PosixSpawn
{
    private const short SetProcessGroup = 0x02;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const int ReadWrite = 2;

    // glibc: posix_spawnattr_t has 336 octets, posix_spawn_file_actions_t 80, sigset_t 128.
    private const int StructureOctets = 512;
    private const int SignalSetOctets = 128;

    public static int Start(SpawnRequest request)
    {
        var actions = stackalloc byte[StructureOctets];
        var attributes = stackalloc byte[StructureOctets];
        Require(InitActions(actions));
        try
        {
            Require(InitAttributes(attributes));
            try
            {
                Describe(request, actions, attributes);
                using var arguments = new StringVector(request.Arguments);
                using var environment = new StringVector(request.Environment);
                var error = Spawn(out var pid, request.Path, actions, attributes, arguments.Pointer, environment.Pointer);
                if (error != 0)
                {
                    throw new UnixException($"start {request.Path}", error);
                }

                LimitFileSize(request, pid);
                return pid;
            }
            finally
            {
                _ = DestroyAttributes(attributes);
            }
        }
        finally
        {
            _ = DestroyActions(actions);
        }
    }

    private static void Describe(SpawnRequest request, byte* actions, byte* attributes)
    {
        var places = request.Descriptors;
        var free = places.Count;
        foreach (var descriptor in places)
        {
            free = Math.Max(free, descriptor + 1);
        }

        for (var i = 0; i < places.Count; i++)
        {
            if (places[i] >= 0)
            {
                Require(AddDup(actions, places[i], free + i));
            }
        }

        for (var i = 0; i < places.Count; i++)
        {
            Require(places[i] >= 0 ? AddDup(actions, free + i, i) : AddOpen(actions, i, "/dev/null", ReadWrite, 0));
        }

        Require(AddCloseFrom(actions, places.Count));

        var all = stackalloc byte[SignalSetOctets];
        var none = stackalloc byte[SignalSetOctets];
        _ = FillSet(all);
        _ = EmptySet(none);
        if (request.FileSizeLimit != null)
        {
            ProcessControl.Ignore(SignalNumber.FileSize);
            _ = DeleteFromSet(all, SignalNumber.FileSize);
        }

        Require(SetDefaults(attributes, all));
        Require(SetMask(attributes, none));
        var flags = SetSignalDefaults | SetSignalMask
            | (request.NewSession ? SetSession : 0)
            | (request.NewProcessGroup ? SetProcessGroup : 0);
        Require(SetFlags(attributes, (short)flags));
    }

    private static void LimitFileSize(SpawnRequest request, int pid)
    {
        const int FileSizeResource = 1;
        if (request.FileSizeLimit is { } limit)
        {
            // A set-uid program is not ours to limit, and one that has ended needs no limit.
            var limits = stackalloc ulong[] { (ulong)limit, (ulong)limit };
            if (SetLimit(pid, FileSizeResource, limits, null) != 0 && Marshal.GetLastPInvokeError() is not (Errno.EPERM or Errno.ESRCH))
            {
                throw UnixException.Last($"prlimit({pid})");
            }
        }
    }

    private static void Require(int error)
    {
        if (error != 0)
        {
            throw new UnixException("posix_spawn", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, byte* actions, byte* attributes, nint arguments, nint environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDup(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int AddCloseFrom(byte* actions, int from);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int FillSet(byte* set);

    [LibraryImport("libc", EntryPoint = "sigdelset")]
    private static partial int DeleteFromSet(byte* set, int signal);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    private static partial int SetLimit(int pid, int resource, ulong* limits, ulong* old);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySet(byte* set);
}
