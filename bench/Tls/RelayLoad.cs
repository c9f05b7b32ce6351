using System.Diagnostics;
using System.Globalization;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Tls;

/// <summary>smtp-source in clear to the server, which sends on over TLS to a sink in this process: messages a second until the sink has all.</summary>
internal static class RelayLoad
{
    private const int Messages = 2000;
    private const int Sessions = 20;

    /// <returns>Messages a second, and milliseconds of the server's CPU a message.</returns>
    public static async Task<(double Rate, double Cpu)> RunAsync(MailServer server, int sinkPort, string certificate)
    {
        await using var sink = new TlsSink(sinkPort, certificate, Messages);
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var own = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        using var source = Process.Start(
            "smtp-source",
            ["-d", "-s", Text(Sessions), "-m", Text(Messages), "-l", "4096", "-f", "sender@example.test", "-t", "rcpt@example.org", $"127.0.0.1:{server.Port}"]);
        await source.WaitForExitAsync();
        await sink.All.WaitAsync(TimeSpan.FromMinutes(5));
        var elapsed = clock.Elapsed.TotalSeconds;
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{server.Name}: the sink took {(Environment.CpuUsage.TotalTime - own).TotalMilliseconds / Messages:F2} ms CPU a message"));
        return (Messages / elapsed, (ProcessTree.CpuSeconds(server.MasterPid) - cpu) * 1000 / Messages);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
