namespace Estafeta.Unix.Processes;

/// <summary>A program to start: nothing is inherited but what is listed here.</summary>
public sealed record SpawnRequest
{
    /// <summary>The program file; not searched in PATH.</summary>
    public required string Path { get; init; }

    /// <summary>argv, the name of the program (what ps shows) first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary><c>NAME=value</c> entries, the whole environment.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Descriptor i of the child is a copy of ours in place i; -1 opens /dev/null. All others are closed.</summary>
    public IReadOnlyList<int> Descriptors { get; init; } = [-1, -1, -1];

    /// <summary>setsid(2): out of our process group and away from the terminal.</summary>
    public bool NewSession { get; init; }

    /// <summary>Puts the child into a process group of its own, so that it and its children can be signalled as one.</summary>
    public bool NewProcessGroup { get; init; }

    /// <summary>
    /// RLIMIT_FSIZE: no file of the child's grows beyond so many octets, and an attempt fails (EFBIG) without a signal; null for no limit. Set when the
    /// child has begun, so only what it does with its descriptors afterwards is bound by it.
    /// </summary>
    public long? FileSizeLimit { get; init; }

    /// <summary>no_new_privs: neither the child nor what it starts gets privileges from set-uid, set-gid or capability bits of programs; for good.</summary>
    public bool GainsNoPrivileges { get; init; }

    /// <summary>The environment of this process, as an entry list.</summary>
    public static List<string> CurrentEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            result.Add($"{entry.Key}={entry.Value}");
        }

        return result;
    }
}
