using System.Diagnostics;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Load.Rows;

/// <summary>Mail of smtp-source goes through the server to smtp-sink, or is discarded. Rates count until the sink has all.</summary>
internal sealed class RelayRow(string name, Load load, params Figure[] figures) : Row(name, figures)
{
    public const string Messages = "messages/s";
    public const string Cpu = "CPU ms/message";
    public const string Accept = "ms/message accepted";
    public const string Megabytes = "MB/s";
    public const string Memory = "PSS MB";
    public const string Processes = "processes";
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(200);

    // They live as long as the benchmark.
    private readonly AddingMilter[] _milters = [.. Enumerable.Range(1, load.Milters).Select(i => new AddingMilter($"X-Milter-{i}"))];

    public override IReadOnlyList<string> Settings =>
    [
        .. load.Discard ? new[] { "default_transport = discard", "relayhost =" } : [],
        $"smtpd_milters = {string.Join(", ", _milters.Select(m => m.Endpoint))}",
    ];

    public override double[] Run(MailServer server)
    {
        server.Start();
        using var sink = load.Discard ? null : SmtpSink.Start(server.SinkPort, load.Messages);
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var clock = Stopwatch.StartNew();
        using var source = StartSource(server);
        var (memory, processes) = Watch(server, source);
        var accepted = clock.Elapsed.TotalSeconds;
        if (source.ExitCode != 0)
        {
            throw new InvalidOperationException($"{server.Name}: smtp-source failed; is the port taken?");
        }

        if (sink != null)
        {
            var (rest, restProcesses) = Watch(server, sink.Process);
            (memory, processes) = (Math.Max(memory, rest), Math.Max(processes, restProcesses));
        }

        var all = clock.Elapsed.TotalSeconds;
        var used = ProcessTree.CpuSeconds(server.MasterPid) - cpu;
        server.Stop();
        return [.. Figures.Select(f => f.What switch
        {
            Messages => load.Messages / all,
            Cpu => used * 1000 / load.Messages,
            Accept => accepted * 1000 / load.Messages,
            Megabytes => (double)load.Messages * load.Octets / all / 1e6,
            Memory => memory,
            Processes => processes,
            _ => throw new InvalidOperationException(f.What),
        })];
    }

    private Process StartSource(MailServer server)
    {
        List<string> arguments =
        [
            "-s", Text.Of(load.Sessions), "-m", Text.Of(load.Messages), "-l", Text.Of(load.Octets),
            "-f", "sender@example.test", "-t", "rcpt@example.org", $"127.0.0.1:{server.Port}",
        ];
        if (load.KeepsConnections)
        {
            arguments.Insert(0, "-d");
        }

        return Process.Start("smtp-source", arguments);
    }

    // Until the process ends. Reading the memory of 150 processes costs the processors something, so it is done only where it is the point.
    private (double Megabytes, int Processes) Watch(MailServer server, Process process)
    {
        if (!Figures.Any(f => f.What == Memory))
        {
            process.WaitForExit();
            return default;
        }

        var memory = 0.0;
        var processes = 0;
        do
        {
            memory = Math.Max(memory, ProcessTree.PssMegabytes(server.MasterPid));
            processes = Math.Max(processes, ProcessTree.Count(server.MasterPid));
        }
        while (!process.WaitForExit(SampleInterval));
        return (memory, processes);
    }
}

/// <param name="Octets">Size of a message.</param>
/// <param name="KeepsConnections">Several messages over one connection.</param>
/// <param name="Milters">A chain of so many, each adding a header to each message.</param>
/// <param name="Discard">Nothing is sent on: what is measured is acceptance.</param>
internal sealed record Load(int Messages, int Octets, int Sessions, bool KeepsConnections, bool Discard = false, int Milters = 0);
