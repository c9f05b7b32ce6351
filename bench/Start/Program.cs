using System.Globalization;
using System.Text;
using Estafeta.Bench.Start;
using Estafeta.Configuration.Catalogue;

// How long "postconf -n" takes on a main.cf of 200 lines, whole process, beside another program: they take turns, so that what else the machine does
// meets both. Usage: Estafeta.Bench.Start [runs] [program ...]; default: 200 /usr/sbin/postconf artifacts/aot/estafeta.
var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
string[] programs = args.Length > 1 ? args[1..] : ["/usr/sbin/postconf", "artifacts/aot/estafeta"];
var directory = Directory.CreateTempSubdirectory("estafeta-start").FullName;
try
{
    File.WriteAllText(Path.Combine(directory, "main.cf"), MainCf());
    File.WriteAllText(Path.Combine(directory, "master.cf"), "smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n  -o smtpd_client_restrictions=$mua_client_restrictions\nsmtp unix - - n - - smtp\n");
    var contenders = programs.Select(p => new Contender(p, ["-c", directory, "-n"])).ToList();
    for (var i = 0; i < runs; i++)
    {
        contenders.ForEach(c => c.Run());
    }

    foreach (var contender in contenders)
    {
        Console.WriteLine(contender.Result);
        contender.Dispose();
    }
}
finally
{
    Directory.Delete(directory, recursive: true);
}

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
