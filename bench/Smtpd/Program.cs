using System.Globalization;
using Estafeta.Bench.Load.Servers;
using Estafeta.Bench.Smtpd;

// bench/Smtpd: what the SMTP server says no to, and yes to after asking everybody, beside Debian's Postfix; and what idle clients cost.
//   bench/Smtpd/run FOLDER-OF-ESTAFETA'S-COMMANDS [runs] [row]
// Runs in its own network and mount namespace: the name server of the block lists is this program, on 127.0.0.1:53.
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: run folder-of-estafeta's-commands [runs] [row]");
    return 64;
}

var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var only = args.Length > 2 ? args[2] : "";
await using var names = new NameServer();
await using var policy = new PolicyServer();

// A port for each server of each row: a process that a stop left behind would take the clients of the next one.
var port = 20300;
foreach (var row in Workload.All(policy.Port).Where(r => r.Name.Contains(only, StringComparison.Ordinal)))
{
    using var postfix = new MailServer("Postfix", "/usr/sbin", port++, 9, row.Settings);
    using var estafeta = new MailServer("Estafeta", args[0], port++, 9, [.. row.Settings, "estafeta_sessions_per_process = 50"]);

    // The same with every decision recorded, as estafeta_explain_rejects does.
    using var recording = new MailServer("Estafeta, recording", args[0], port++, 9, [.. row.Settings, "estafeta_sessions_per_process = 50", "estafeta_explain_rejects = yes"]);
    using var floor = new Floor(port++);
    IServer[] servers = row.IsAboutRecording ? [estafeta, recording] : row.HasFloor ? [postfix, estafeta, floor] : [postfix, estafeta];
    var results = servers.ToDictionary(s => s, _ => new List<Result>());
    for (var run = 0; run < runs; run++)
    {
        foreach (var server in servers)
        {
            server.Start();
            await row.RunAsync(server, isWarmUp: true);
            results[server].Add(await row.RunAsync(server, isWarmUp: false));
            server.Stop();
        }
    }

    foreach (var server in servers)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {row.Name} | {server.Name} | {Median(server, r => r.PerSecond):F0} | {Median(server, r => r.PerCpuSecond):F0} |"));
    }

    if (row.IsAboutRecording)
    {
        var costs = results[estafeta].Zip(results[recording], (without, with) => 100 * ((without.PerCpuSecond / with.PerCpuSecond) - 1)).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| | recording costs | | {costs[costs.Count / 2]:F1} % CPU (half of the runs: {costs[costs.Count / 4]:F1} to {costs[costs.Count * 3 / 4]:F1}) |"));
        continue;
    }

    foreach (var server in servers[1..])
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| | {server.Name} to Postfix | {Median(server, r => r.PerSecond) / Median(postfix, r => r.PerSecond):F1}× | {Median(server, r => r.PerCpuSecond) / Median(postfix, r => r.PerCpuSecond):F1}× |"));
    }

    double Median(IServer server, Func<Result, double> value) => results[server].Select(value).Order().ElementAt(results[server].Count / 2);
}

if ("idle".Contains(only, StringComparison.Ordinal))
{
    await IdleClients.MeasureAsync(args[0], 10_000);
}

return 0;
