using System.Globalization;
using Estafeta.Bench.Load;
using Estafeta.Bench.Load.Rows;

// Estafeta beside Debian's Postfix: same sink, same configuration, medians of several runs. As root; bench/compare builds and calls it.
//   Estafeta.Bench.Load FOLDER-WITH-ESTAFETA'S-postfix-AND-postqueue [runs] [part of a row's name]
// Ends with status 1 when a goal is not reached.
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: Estafeta.Bench.Load folder-of-estafeta's-commands [runs] [part of a row's name]");
    return 64;
}

Row[] rows =
[
    new RelayRow(
        "relay 4 KB, 50 sessions, a connection per message",
        new Load(4000, 4096, 50, KeepsConnections: false),
        new Figure(RelayRow.Messages, "F0", Goal.TimesPostfix(4)),
        new Figure(RelayRow.Cpu, "F3", Goal.PartOfPostfix(8))),
    new RelayRow(
        "the same, connections kept",
        new Load(4000, 4096, 50, KeepsConnections: true),
        new Figure(RelayRow.Messages, "F0", Goal.TimesPostfix(6)),
        new Figure(RelayRow.Cpu, "F3")),
    new RelayRow(
        "1 session, 4 KB",
        new Load(500, 4096, 1, KeepsConnections: true),
        new Figure(RelayRow.Accept, "F2", Goal.PartOfPostfix(1))),
    new RelayRow(
        "1 MB × 500",
        new Load(500, 1_000_000, 20, KeepsConnections: true),
        new Figure(RelayRow.Megabytes, "F1", Goal.TimesPostfix(2))),
    new RelayRow(
        "1 MB × 500, looking at the memory meanwhile", // which slows Postfix's 160 processes more than ours
        new Load(500, 1_000_000, 20, KeepsConnections: true),
        new Figure(RelayRow.Memory, "F0", Goal.AtMost(150))),
    new RelayRow(
        "50 busy sessions",
        new Load(6000, 4096, 50, KeepsConnections: false),
        new Figure(RelayRow.Memory, "F0", Goal.AtMost(80)),
        new Figure(RelayRow.Processes, "F0")),
    new IdleRow(
        "5,000 idle connections",
        5000,
        new Figure(IdleRow.Held, "F0", Goal.AtLeast(5000)),
        new Figure(IdleRow.Kilobytes, "F1", Goal.AtMost(10))),
    new RelayRow(
        "accept only, 200 sessions, discard",
        new Load(60_000, 4096, 200, KeepsConnections: true, Discard: true), // long enough for the start of the processes to weigh little
        new Figure(RelayRow.Messages, "F0", Goal.TimesPostfix(8)),
        new Figure(RelayRow.Cpu, "F3")),
    new RelayRow(
        "two milters adding a header each, 50 sessions, connections kept, discard",
        new Load(4000, 4096, 50, KeepsConnections: true, Discard: true, Milters: 2),
        new Figure(RelayRow.Messages, "F0"),
        new Figure(RelayRow.Cpu, "F3", Goal.PartOfPostfix(4))),
    new RelayRow(
        "two milters adding a header each, a connection per message",
        new Load(3000, 4096, 50, KeepsConnections: false, Discard: true, Milters: 2),
        new Figure(RelayRow.Messages, "F0"),
        new Figure(RelayRow.Cpu, "F3", Goal.PartOfPostfix(4))),
    new DeferredRow(
        "20,000 deferred messages",
        20_000,
        new Figure(DeferredRow.FirstDelivery, "F2", Goal.AtMost(1)),
        new Figure(DeferredRow.FirstLine, "F2", Goal.AtMost(0.3)),
        new Figure(DeferredRow.AllLines, "F2")),
];
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
var comparison = new Comparison(args[0], runs);
Console.WriteLine(Comparison.Heading);
foreach (var row in rows.Where(r => args.Length < 3 || r.Name.Contains(args[2], StringComparison.Ordinal)))
{
    foreach (var line in comparison.Run(row))
    {
        Console.WriteLine(line);
    }
}

return comparison.Missed == 0 ? 0 : 1;
