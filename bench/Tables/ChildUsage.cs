using System.Runtime.InteropServices;

namespace Estafeta.Bench.Tables;

/// <summary>CPU time of all children that have ended: getrusage(2).</summary>
internal static partial class ChildUsage
{
    private const int Children = -1;

    public static TimeSpan Cpu
    {
        get
        {
            var usage = new long[18];
            _ = GetUsage(Children, usage);
            return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]);
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, [Out] long[] usage);
}
