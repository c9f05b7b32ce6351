using System.Globalization;
using Estafeta.Bench.Load.Servers;
using Estafeta.Bench.Tls;

// bench/Tls: TLS of Estafeta beside Debian's Postfix, in turns, medians. As root.
//   Estafeta.Bench.Tls FOLDER-OF-ESTAFETAS-COMMANDS [runs] [part of a row's name]
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: Estafeta.Bench.Tls folder-of-estafetas-commands [runs] [part of a row's name]");
    return 64;
}

var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var part = args.Length > 2 ? args[2] : "";
const int SinkPort = 20026;
using var certificate = BenchCertificate.Create();
string[] settings =
[
    "smtpd_tls_security_level = may", $"smtpd_tls_chain_files = {certificate.Path}", "smtp_tls_security_level = encrypt", "smtp_tls_connection_reuse = yes",
    "smtp_tls_session_cache_database = btree:$data_directory/smtp_scache", "smtpd_tls_session_cache_database = btree:$data_directory/smtpd_scache",
    "smtpd_client_new_tls_session_rate_limit = 0",
];
using var postfix = new MailServer("Postfix", "/usr/sbin", 20126, SinkPort, settings);
using var estafeta = new MailServer("Estafeta", args[0], 20226, SinkPort, [.. settings, "estafeta_sessions_per_process = 100"]);
MailServer[] servers = [postfix, estafeta];

Console.WriteLine("| work | Postfix | Estafeta | ratio |");
Console.WriteLine("|---|---|---|---|");
await CompareAsync("new TLS 1.3 sessions per CPU second", server => HandshakeLoad.RunAsync(server, isResumed: false));
await CompareAsync("resumed TLS 1.3 sessions per CPU second", server => HandshakeLoad.RunAsync(server, isResumed: true));
await CompareAsync("relay over TLS, connections reused, messages/s", async server => (await RelayLoad.RunAsync(server, SinkPort, certificate.Path)).Rate);
await CompareAsync("relay over TLS, connections reused, messages per CPU second", async server => 1000 / (await RelayLoad.RunAsync(server, SinkPort, certificate.Path)).Cpu);
const string Idle = "memory of an idle TLS session (10,000 of them), KB";
if (Idle.Contains(part, StringComparison.Ordinal))
{
    estafeta.Start();
    var octets = await IdleLoad.RunAsync(estafeta, sessions: 10_000);
    estafeta.Stop();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {Idle} | – | {octets / 1024.0:F1} | |"));
}

return 0;

async Task CompareAsync(string name, Func<MailServer, Task<double>> run)
{
    if (!name.Contains(part, StringComparison.Ordinal))
    {
        return;
    }

    var results = servers.ToDictionary(s => s, _ => new List<double>());
    for (var i = 0; i < runs; i++)
    {
        foreach (var server in servers)
        {
            server.Start();
            results[server].Add(await run(server));
            server.Stop();
        }
    }

    var (theirs, ours) = (Median(results[postfix]), Median(results[estafeta]));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {theirs:F0} | {ours:F0} | {ours / theirs:F1}× |"));
}

static double Median(List<double> values)
{
    values.Sort();
    return values[values.Count / 2];
}
