using System.Globalization;
using Estafeta.Bench.Load;

// bench/load: Estafeta beside Debian's Postfix, same sink, same configuration, medians of several runs. As root.
//   bench/load PATH-TO-ESTAFETA-postfix-COMMAND [runs] [only-row]
// Servers take turns run by run, so that a noisy machine is noisy for both.
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: Estafeta.Bench.Load path-of-estafeta's-postfix-command [runs] [row]");
    return 64;
}

var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
const int SinkPort = 20025;
Workload[] rows =
[
    new("relay 4 KB, 50 sessions, a connection per message", 3000, 4096, 50, KeepConnections: false),
    new("relay 4 KB, 50 sessions, connections kept", 3000, 4096, 50, KeepConnections: true),
    new("1 session, 4 KB", 500, 4096, 1, KeepConnections: true),
    new("1 MB × 500", 500, 1_000_000, 20, KeepConnections: true),
    new("accept only, 200 sessions, discard", 5000, 4096, 200, KeepConnections: true, Discard: true),
];
Console.WriteLine("| work | server | messages/s | accepted/s | CPU ms/message | PSS MB | processes | MB/s |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
foreach (var row in rows.Where(r => args.Length < 3 || r.Name.Contains(args[2], StringComparison.Ordinal)))
{
    using var postfix = new MailServer("Postfix", "/usr/sbin/postfix", 20125, SinkPort, row.Settings);
    using var estafeta = new MailServer("Estafeta", args[0], 20225, SinkPort, [.. row.Settings, "estafeta_sessions_per_process = 50"]);
    MailServer[] servers = [postfix, estafeta];
    var results = servers.ToDictionary(s => s, _ => new List<Result>());
    for (var run = 0; run < runs; run++)
    {
        foreach (var server in servers)
        {
            server.Start();
            results[server].Add(row.Run(server, SinkPort));
            server.Stop();
        }
    }

    foreach (var server in servers)
    {
        var r = results[server];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {row.Name} | {server.Name} | {Median(r, x => x.PerSecond):F0} | {Median(r, x => x.AcceptedPerSecond):F0} | {Median(r, x => x.CpuMilliseconds):F3} | {Median(r, x => x.PssMegabytes):F0} | {r.Max(x => x.Processes)} | {Median(r, x => x.MegabytesPerSecond):F1} |"));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| | ratio | {Ratio(x => x.PerSecond):F1}× | {Ratio(x => x.AcceptedPerSecond):F1}× | 1/{1 / Ratio(x => x.CpuMilliseconds):F1} | 1/{1 / Ratio(x => x.PssMegabytes):F1} | | {Ratio(x => x.MegabytesPerSecond):F1}× |"));

    double Ratio(Func<Result, double> value) => Median(results[estafeta], value) / Median(results[postfix], value);
}

return 0;

static double Median(List<Result> results, Func<Result, double> value)
{
    var sorted = results.Select(value).Order().ToList();
    return sorted[sorted.Count / 2];
}
