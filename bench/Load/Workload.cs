using System.Diagnostics;
using System.Globalization;

namespace Estafeta.Bench.Load;

/// <summary>One row of the table: a load of smtp-source, with smtp-sink behind the server unless the mail is discarded.</summary>
internal sealed record Workload(string Name, int Messages, int Octets, int Sessions, bool KeepConnections, bool Discard = false, bool AcceptOnly = false)
{
    public IReadOnlyList<string> Settings => Discard ? ["default_transport = discard", "relayhost ="] : [];

    public Result Run(MailServer server, int sinkPort)
    {
        using var sink = Discard ? null : StartSink(sinkPort);
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var clock = Stopwatch.StartNew();
        var source = new List<string>
        {
            "-s", Text(Sessions), "-m", Text(Messages), "-l", Text(Octets), "-f", "sender@example.test", "-t", "rcpt@example.org",
        };
        if (KeepConnections)
        {
            source.Add("-d");
        }

        source.Add($"127.0.0.1:{server.Port}");
        using var load = Process.Start("smtp-source", source);
        var peak = 0.0;
        var processes = 0;
        while (!load.WaitForExit(1000))
        {
            Watch();
        }

        if (load.ExitCode != 0)
        {
            throw new InvalidOperationException($"{server.Name}: smtp-source failed; is the port taken?");
        }

        var accepted = clock.Elapsed.TotalSeconds;
        while (!AcceptOnly && sink is { HasExited: false } && !sink.WaitForExit(250) && clock.Elapsed.TotalMinutes < 10)
        {
        }

        var all = clock.Elapsed.TotalSeconds;
        Watch();
        var used = ProcessTree.CpuSeconds(server.MasterPid) - cpu;
        if (sink is { HasExited: false })
        {
            sink.Kill();
        }

        return new Result(Messages / all, Messages / accepted, used * 1000 / Messages, peak, processes, (double)Messages * Octets / all / 1e6);

        void Watch()
        {
            peak = Math.Max(peak, ProcessTree.PssMegabytes(server.MasterPid));
            processes = Math.Max(processes, ProcessTree.Count(server.MasterPid));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Process StartSink(int port)
    {
        var sink = Process.Start("smtp-sink", ["-u", "postfix", "-m", "1000", "-M", Text(Messages), $"127.0.0.1:{port}", "1000"]);
        Thread.Sleep(200);
        return sink;
    }
}

/// <param name="PerSecond">Messages a second until the sink had all.</param>
/// <param name="AcceptedPerSecond">Messages a second as smtp-source saw it.</param>
/// <param name="CpuMilliseconds">CPU of all server processes per message.</param>
/// <param name="PssMegabytes">Peak of the memory of all server processes.</param>
internal sealed record Result(double PerSecond, double AcceptedPerSecond, double CpuMilliseconds, double PssMegabytes, int Processes, double MegabytesPerSecond);
