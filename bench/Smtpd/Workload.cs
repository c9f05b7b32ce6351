using System.Diagnostics;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Smtpd;

/// <summary>One row: many clients at once, each from an address of its own, each with the same words.</summary>
internal sealed record Workload(string Name, int Connections, int PerConnection, IReadOnlyList<string> Settings, Func<int, IEnumerable<(string Line, string Code)>> Dialog)
{
    private const int Sessions = 50;

    private static readonly string[] Common =
    [
        "smtpd_error_sleep_time = 0",
        "smtpd_hard_error_limit = 1000",
        "mynetworks = 192.0.2.0/24",
        "mydestination = bench.example.test",
        "local_recipient_maps = inline:{known=x}",
        "alias_maps =",
        "relayhost =",
        "default_transport = discard",
        "local_transport = discard",
    ];

    /// <summary>A server that does nothing gives the same answers.</summary>
    public bool HasFloor { get; private init; }

    /// <summary>MAIL and all RCPT in one send, as clients do that find PIPELINING in the reply to EHLO.</summary>
    public bool IsPipelined { get; private init; }

    /// <summary>Not beside Postfix: ours with and without the recording of decisions.</summary>
    public bool IsAboutRecording { get; private init; }

    public static IEnumerable<Workload> All(int policyPort)
    {
        yield return new Workload(
            "reject at RCPT, unknown user, a connection each", 6000, 1, [.. Common, "smtpd_relay_restrictions = reject_unauth_destination"], static _ => Rejects(1))
        {
            HasFloor = true,
        };
        yield return new Workload(
            "reject at RCPT, unknown user, 20 in a connection", 3000, 20, [.. Common, "smtpd_relay_restrictions = reject_unauth_destination"], static _ => Rejects(20))
        {
            HasFloor = true,
        };
        yield return new Workload(
            "reject at RCPT, unknown user, 20 in a group", 6000, 20, [.. Common, "smtpd_relay_restrictions = reject_unauth_destination"], static _ => Rejects(20))
        {
            IsPipelined = true,
            HasFloor = true,
        };
        yield return new Workload(
            "a connection, EHLO, NOOP, QUIT", 6000, 1, Common, static _ => [("EHLO client.example", "250"), ("NOOP", "250"), ("QUIT", "221")])
        {
            HasFloor = true,
        };
        var lists = string.Join(' ', Enumerable.Range(1, 4).Select(i => $"reject_rbl_client bl{i}.test"));
        var accept = new Workload(
            "accept, 3 tables, 4 DNSBLs, a policy service", 3000, 1,
            [
                .. Common,
                "smtpd_relay_restrictions = reject_unauth_destination",
                "smtpd_recipient_restrictions = check_client_access inline:{192.0.2.1=REJECT} check_sender_access inline:{bad.example=REJECT} "
                    + $"check_recipient_access inline:{{trap@bench.example.test=REJECT}} {lists} check_policy_service inet:127.0.0.1:{policyPort}",
            ],
            static number =>
            [
                ("EHLO client.example", "250"),
                ($"MAIL FROM:<sender{number}@example.org>", "250"),
                ("RCPT TO:<known@bench.example.test>", "250"),
                ("DATA", "354"),
                ("Subject: bench\r\n\r\n" + new string('x', 70) + "\r\n.", "250"),
                ("QUIT", "221"),
            ]);
        yield return accept;

        // Nothing is refused, so no line about a refusal is measured along.
        yield return accept with { Name = "decisions recorded: " + accept.Name, IsAboutRecording = true };
    }

    public async Task<Result> RunAsync(IServer server, bool isWarmUp)
    {
        var count = isWarmUp ? Connections / 10 : Connections;
        var cpu = ProcessTree.CpuSeconds(server.MasterPid);
        var clock = Stopwatch.StartNew();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(async _ =>
        {
            for (var number = Interlocked.Increment(ref next); number <= count; number = Interlocked.Increment(ref next))
            {
                await Client.TalkAsync(server.Port, number, IsPipelined ? Client.Group(Dialog(number)) : Dialog(number));
            }
        }));
        var seconds = clock.Elapsed.TotalSeconds;

        // What smtpd has answered, cleanup and qmgr may still be at work on.
        await Task.Delay(1000);
        var done = (double)count * PerConnection;
        return new Result(done / seconds, done / (ProcessTree.CpuSeconds(server.MasterPid) - cpu));
    }

    private static IEnumerable<(string, string)> Rejects(int count)
    {
        yield return ("EHLO client.example", "250");
        yield return ("MAIL FROM:<sender@example.org>", "250");
        for (var i = 0; i < count; i++)
        {
            yield return ($"RCPT TO:<nobody{i}@bench.example.test>", "550");
        }

        yield return ("QUIT", "221");
    }
}

internal sealed record Result(double PerSecond, double PerCpuSecond);
