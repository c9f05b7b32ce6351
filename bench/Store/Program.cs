using System.Globalization;
using Estafeta.Bench.Store;

// Usage: Estafeta.Bench.Store [directory] [seconds per row]
//        Estafeta.Bench.Store [directory] queue <messages>     memory and restart time with so many queued
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var parent = args.Length > 0 ? args[0] : Path.GetTempPath();
var directory = Path.Combine(parent, $"estafeta-bench-store-{Environment.ProcessId}");
Directory.CreateDirectory(directory);
try
{
    if (args.Length > 2 && args[1] == "queue")
    {
        await QueuedMessagesBenchmark.RunAsync(directory, int.Parse(args[2], CultureInfo.InvariantCulture));
    }
    else
    {
        var seconds = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        await AcceptBenchmark.RunAsync(directory, TimeSpan.FromSeconds(seconds));
    }
}
finally
{
    Directory.Delete(directory, recursive: true);
}
