using System.Globalization;
using Estafeta.Bench.Auth;
using Estafeta.Bench.Load.Servers;

// bench/Auth: logins with AUTH PLAIN checked by Dovecot, a connection each; Estafeta beside Debian's Postfix, medians of several runs. As root.
//   bench/Auth FOLDER-OF-ESTAFETA'S-COMMANDS [runs] [logins]
// Dovecot's own time is nobody's. Servers take turns run by run.
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: Estafeta.Bench.Auth folder-of-estafeta's-commands [runs] [logins]");
    return 64;
}

var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
var logins = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3000;
using var dovecot = new Dovecot();
string[] settings =
[
    "smtpd_sasl_auth_enable = yes", "smtpd_sasl_type = dovecot", $"smtpd_sasl_path = {dovecot.Socket}", "estafeta_sessions_per_process = 50",
];
using var postfix = new MailServer("Postfix", "/usr/sbin", 20325, 20026, settings);
using var estafeta = new MailServer("Estafeta", args[0], 20425, 20026, settings);
MailServer[] servers = [postfix, estafeta];
var perCpuSecond = servers.ToDictionary(s => s, _ => new List<double>());
var perSecond = servers.ToDictionary(s => s, _ => new List<double>());
for (var run = 0; run < runs; run++)
{
    foreach (var server in servers)
    {
        server.Start();
        await LoginLoad.RunAsync(server.Port, 200);
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var start = TimeProvider.System.GetTimestamp();
        await LoginLoad.RunAsync(server.Port, logins);
        perSecond[server].Add(logins / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        perCpuSecond[server].Add(logins / (ProcessTree.CpuSeconds(server.MasterPid) - cpu));
        server.Stop();
    }
}

Console.WriteLine("| AUTH PLAIN over Dovecot | logins/s | logins per CPU second |");
Console.WriteLine("|---|---|---|");
foreach (var server in servers)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {server.Name} | {Median(perSecond[server]):F0} | {Median(perCpuSecond[server]):F0} |"));
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"| ratio | {Median(perSecond[estafeta]) / Median(perSecond[postfix]):F1}× | {Median(perCpuSecond[estafeta]) / Median(perCpuSecond[postfix]):F1}× |"));
return 0;

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
