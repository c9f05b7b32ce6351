using System.Globalization;
using Estafeta.Services.Hosting;

namespace Estafeta.Master;

/// <summary>The command line and environment of a daemon; ps shows the same as with Postfix.</summary>
internal static class CommandLine
{
    private const string RuntimePrefix = "DOTNET_";

    // Threads that spin before they sleep cost a third of the CPU of a relay under load, and win nothing when there are fewer processors
    // than processes (docs/performance.md).
    private const string ThreadPoolSpin = "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit";

    // One pool thread until one is not enough: work of a few microseconds is done sooner than a second thread is awake.
    private const string PoolThreads = "DOTNET_ThreadPool_ForceMinWorkerThreads";

    // Work that became possible by a socket goes on at once on the thread that saw it, instead of being handed to another.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    // Threads that see sockets. One wakes less often and finds more to do each time; more pay only where processors have nothing else to do.
    private const string SocketThreads = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    // These do blocking work (files under another user, commands, database drivers), which must not hold up the sockets of others.
    private static readonly string[] BlockingPrograms = ["local", "virtual", "pipe", "spawn", "proxymap", "postlogd"];

    /// <summary><c>smtpd -l -n 127.0.0.1:25 -t inet -u -c -s 2 -o …</c></summary>
    public static List<string> Of(PlannedService service)
    {
        var entry = service.Entry;
        var line = new List<string> { entry.Command };
        if (service.Limit is 0 or 1)
        {
            line.Add(service.Limit == 1 ? "-l" : "-z");
        }

        if (entry.Name != entry.Command)
        {
            line.AddRange(["-n", entry.Name]);
        }

        line.AddRange(["-t", entry.TypeName]);
        if (entry.IsUnprivileged)
        {
            line.Add("-u");
        }

        if (entry.Chroot)
        {
            line.Add("-c");
        }

        if (service.Addresses.Count > 1)
        {
            line.AddRange(["-s", service.Addresses.Count.ToString(CultureInfo.InvariantCulture)]);
        }

        line.AddRange(entry.Arguments);
        return line;
    }

    /// <summary>What import_environment lets through, MAIL_CONFIG, and the process limit when master.cf has one.</summary>
    public static List<string> Environment(MasterSettings settings, string program, int? limit)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in settings.ImportEnvironment)
        {
            if ((value ?? System.Environment.GetEnvironmentVariable(name)) is { } known)
            {
                variables[name] = known;
            }
        }

        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            if (variable is { Key: string key, Value: string own } && key.StartsWith(RuntimePrefix, StringComparison.Ordinal))
            {
                variables[key] = own;
            }
        }

        variables.TryAdd(ThreadPoolSpin, "0");
        if (!BlockingPrograms.Contains(program))
        {
            variables.TryAdd(InlineCompletions, "1");
            variables.TryAdd(PoolThreads, "1");
            variables.TryAdd(SocketThreads, Math.Max(1, System.Environment.ProcessorCount / 2).ToString(CultureInfo.InvariantCulture));
        }

        variables[ConfigurationDirectory.Variable] = settings.Parameters.ConfigDirectory;
        if (limit is { } number)
        {
            variables[ProcessLimit.Variable] = number.ToString(CultureInfo.InvariantCulture);
        }

        return [.. variables.Select(v => $"{v.Key}={v.Value}")];
    }
}
