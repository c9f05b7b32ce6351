using System.Diagnostics;
using System.Globalization;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Tls;

/// <summary>smtp-source in clear to the server, which sends on over TLS to a sink in this process: messages a second until the sink has all.</summary>
internal static class RelayLoad
{
    private const int Messages = 2000;
    private const int Sessions = 20;

    public static async Task<double> RunAsync(MailServer server, int sinkPort, string certificate)
    {
        await using var sink = new TlsSink(sinkPort, certificate, Messages);
        var clock = Stopwatch.StartNew();
        using var source = Process.Start(
            "smtp-source",
            ["-d", "-s", Text(Sessions), "-m", Text(Messages), "-l", "4096", "-f", "sender@example.test", "-t", "rcpt@example.org", $"127.0.0.1:{server.Port}"]);
        await source.WaitForExitAsync();
        await sink.All.WaitAsync(TimeSpan.FromMinutes(5));
        return Messages / clock.Elapsed.TotalSeconds;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
