using System.Globalization;

namespace Estafeta.Bench.Load.Servers;

/// <summary>CPU time and memory of a process and all its descendants, from /proc.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU used so far, those of descendants that ended and were waited for included.</summary>
    public static double CpuSeconds(int root)
    {
        var total = 0L;
        foreach (var pid in Members(root))
        {
            var fields = Stat(pid);
            total += fields is null ? 0 : Enumerable.Range(11, 4).Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture));
        }

        return total / TicksPerSecond;
    }

    /// <summary>Proportional set size in MB.</summary>
    public static double PssMegabytes(int root) => Members(root).Sum(pid =>
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
        }
        catch (IOException)
        {
            return 0;
        }
    });

    public static int Count(int root) => Members(root).Count;

    private static List<int> Members(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && Stat(pid) is { } fields)
            {
                parents[pid] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        var members = new List<int> { root };
        for (var i = 0; i < members.Count; i++)
        {
            members.AddRange(parents.Where(p => p.Value == members[i]).Select(p => p.Key));
        }

        return members;
    }

    // The fields of /proc/PID/stat from the state on, i.e. after the name in parentheses.
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
