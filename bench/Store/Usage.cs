using System.Diagnostics;
using System.Globalization;

namespace Estafeta.Bench.Store;

/// <summary>What the process has used so far: CPU time and octets handed to the disk (write_bytes of /proc/self/io).</summary>
internal readonly record struct Usage(TimeSpan Cpu, long WrittenOctets, long Timestamp)
{
    public static Usage Now()
    {
        using var process = Process.GetCurrentProcess();
        return new Usage(process.TotalProcessorTime, Read("/proc/self/io", "write_bytes:"), Stopwatch.GetTimestamp());
    }

    /// <summary>Private memory of the process in MB: what it costs the machine beyond shared code and the page cache.</summary>
    public static double PrivateMegabytes() => Read("/proc/self/smaps_rollup", "Anonymous:") / 1024.0;

    private static long Read(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
