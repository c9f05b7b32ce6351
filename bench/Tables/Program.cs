using System.Globalization;
using Estafeta.Bench.Tables;

// bench/Tables: our postmap beside Debian's, same sources, same keys, same configuration, medians of several runs; the two take turns.
//   Estafeta.Bench.Tables PATH-OF-THE-estafeta-EXECUTABLE [runs] [keys] [row]
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: Estafeta.Bench.Tables path-of-estafeta [runs] [keys] [row]");
    return 64;
}

var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
var count = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1_000_000;
var only = args.Length > 3 ? args[3] : "";
using var bench = new PostmapBench(args[0], runs);
var sources = new TableSources(count);
Console.WriteLine("| work | Postfix ms | Estafeta ms | ratio | Postfix CPU ms | Estafeta CPU ms | ratio |");
Console.WriteLine("|---|---|---|---|---|---|---|");
var isAlike = true;
string[] indexed = ["lmdb", "cdb"];
foreach (var type in indexed.Where(Wanted))
{
    var table = $"{type}:{bench.Write(type, sources.Entries)}";
    bench.Create($"postmap {type}, {count} entries", table);
    isAlike &= bench.Query($"postmap -q -, {type}, {count} keys", table, sources.EntryKeys);
}

(string Type, string Text, string Keys)[] patterns =
[
    ("cidr", TableSources.Cidr(10_000), sources.Addresses),
    ("pcre", TableSources.Patterns(2_000), sources.MailKeys),
    ("regexp", TableSources.Patterns(2_000), sources.MailKeys),
];
foreach (var (type, text, keys) in patterns.Where(p => Wanted(p.Type)))
{
    isAlike &= bench.Query($"postmap -q -, {type}, {count} keys", $"{type}:{bench.Write(type, text)}", keys);
}

return isAlike ? 0 : 1;

bool Wanted(string row) => only.Length == 0 || row == only;
