using System.Diagnostics;
using Estafeta.Bench.Load.Servers;
using Estafeta.Net.Tls;

namespace Estafeta.Bench.Tls;

/// <summary>Connection, EHLO, STARTTLS, EHLO, QUIT, over and over; how many of them a second of the server's CPU does.</summary>
internal static class HandshakeLoad
{
    private const int Clients = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task<double> RunAsync(MailServer server, bool isResumed)
    {
        using var context = TlsClient.CreateContext();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => LoopAsync(server.Port, context, isResumed, TimeSpan.FromSeconds(1))));
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => LoopAsync(server.Port, context, isResumed, Duration)));
        await Task.Delay(500);
        return counts.Sum() / (ProcessTree.CpuSeconds(server.MasterPid) - cpu);
    }

    private static async Task<int> LoopAsync(int port, TlsContext context, bool isResumed, TimeSpan duration)
    {
        TlsResumption? resumption = null;
        var count = 0;
        var refused = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration;)
        {
            await using var client = await TlsClient.ConnectAsync(port, context, resumption);
            await client.CommandAsync("QUIT");
            if (isResumed)
            {
                // The first one of each loop is new; others ought not to be.
                refused += resumption != null && !client.Tls.Negotiated.IsResumed ? 1 : 0;
                resumption?.Dispose();
                resumption = client.Tls.TakeResumption();
            }

            count++;
        }

        resumption?.Dispose();
        if (refused > count / 10)
        {
            await Console.Error.WriteLineAsync($"port {port}: {refused} of {count} sessions were not resumed");
        }

        return count;
    }
}
