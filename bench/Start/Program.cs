using System.Globalization;
using System.Text;
using Estafeta.Bench.Start;
using Estafeta.Configuration.Catalogue;

// How long "postconf -n" takes on a main.cf of 200 lines, and "postmap -q" of one key, whole process, beside Postfix's: they take turns, so that what
// else the machine does meets both. Usage: Estafeta.Bench.Start [runs] [our executable]; default: 300 artifacts/quick/estafeta-quick.
const string Postfix = "/usr/sbin";
var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 300;
var ours = args.Length > 1 ? args[1] : "artifacts/quick/estafeta-quick";
var directory = Directory.CreateTempSubdirectory("estafeta-start").FullName;
try
{
    File.WriteAllText(Path.Combine(directory, "main.cf"), MainCf());
    File.WriteAllText(Path.Combine(directory, "master.cf"), "smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n  -o smtpd_client_restrictions=$mua_client_restrictions\nsmtp unix - - n - - smtp\n");
    // Postfix 3.7 does not take all of our defaults for what it reads before a table.
    var plain = Directory.CreateDirectory(Path.Combine(directory, "plain")).FullName;
    File.WriteAllText(Path.Combine(plain, "main.cf"), "compatibility_level = 3.6\nmyhostname = mail.example.com\n");
    var table = Path.Combine(directory, "table");
    File.WriteAllText(table, "a b\n");
    var cidr = Path.Combine(directory, "cidr");
    File.WriteAllText(cidr, "10.0.0.0/8 b\n");
    foreach (var type in (string[])["lmdb", "cdb"])
    {
        using var maker = new Contender($"{Postfix}/postmap", "postmap", ["-c", plain, $"{type}:{table}"]);
        maker.Run();
    }

    Console.WriteLine("| command | Postfix ms, median (10 %–90 %) | Estafeta ms, median (10 %–90 %) | ratio |");
    Console.WriteLine("|---|---|---|---|");
    Compare("postconf -n", "postconf", ["-c", directory, "-n"]);
    foreach (var (type, name, key) in ((string, string, string)[])[("lmdb", table, "a"), ("cdb", table, "a"), ("texthash", table, "a"), ("cidr", cidr, "10.1.2.3"), ("inline", "{a=b}", "a"), ("pcre", "{{/^a/ b}}", "a"), ("regexp", "{{/^a/ b}}", "a")])
    {
        Compare($"postmap -q, {type}", "postmap", ["-c", plain, "-q", key, $"{type}:{name}"]);
    }
}
finally
{
    Directory.Delete(directory, recursive: true);
}

void Compare(string work, string command, string[] arguments)
{
    using var theirs = new Contender($"{Postfix}/{command}", command, arguments);
    using var our = new Contender(ours, command, arguments);
    for (var i = 0; i < runs; i++)
    {
        theirs.Run();
        our.Run();
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work} | {Times(theirs)} | {Times(our)} | {our.At(0.5) / theirs.At(0.5):F2}× |"));
}

static string Times(Contender contender) =>
    string.Create(CultureInfo.InvariantCulture, $"{contender.At(0.5):F2} ({contender.At(0.1):F2}–{contender.At(0.9):F2})");

// Parameters set to their defaults, and a few that refer to others.
static string MainCf()
{
    var text = new StringBuilder("myhostname = mail.example.com\nmydomain = example.com\nmydestination = $myhostname, localhost\nmua_client_restrictions = permit_sasl_authenticated, reject\n");
    var plain = Parameters.All.Where(p => p.IsBuiltin && !p.IsComputed && p is not (TransportParameter or RawParameter) && DeprecatedParameters.Advice(p.Name) == null
        && !p.Name.StartsWith("estafeta_", StringComparison.Ordinal) && p.Default.Length is > 0 and < 60 && !p.Default.Contains('$', StringComparison.Ordinal)).ToList();
    foreach (var parameter in plain.Where((_, i) => i % (plain.Count / 196) == 0).Take(196))
    {
        text.Append(CultureInfo.InvariantCulture, $"{parameter.Name} = {parameter.Default}\n");
    }

    return text.ToString();
}
