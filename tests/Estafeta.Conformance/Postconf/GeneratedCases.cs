using System.Text;

namespace Estafeta.Conformance.Postconf;

/// <summary>Small configuration pairs put together from the corners of the grammar, the same ones each time.</summary>
public static class GeneratedCases
{
    private const int Count = 150;

    private static readonly string[] Names =
        ["myorigin", "relayhost", "smtpd_client_restrictions", "a", "b", "c1", "x_time_limit", "x_recipient_limit", "virtual_maps", "lt_server_host", "mydestination"];

    private static readonly string[] References = ["$a", "${b}", "$(c1)", "${a?{x}:{y}}", "${b:$c1}", "${{$a} == {x} ? {$b} : {z}}"];

    private static readonly string[] Plain =
    [
        "text", "two  words", "$$", "{ a b }", "ldap:lt", "", "a,b", "$myhostname.$mydomain", "$nobody", "${nobody?x}${nobody:y}",
        "check_client_access hash:/x, reject", "long-long-long-long-long-long-long-word another-long-long-long-long-word and-a-third-one-that-is-long",
    ];

    private static readonly string[] Breaks = [" ", "\n  ", "\n# comment\n\t", "\n\n   \n ", "\t\t", "  "];

    private static readonly string[] Arguments =
    [
        "-v", "-o a=1", "-o { b = $a c }", "-oc1=$b", "-o myorigin=$a", "{ x y }", "plain", "user=z", "-D", "--", "{}", "-o relayhost=ldap:lt", "-o lt_server_host=q",
        "argv=/usr/bin/some/very/long/program/name -with -many", "-o smtpd_helo_restrictions=permit_mynetworks,reject_unauth_pipelining,permit",
    ];

    private static readonly string[] Commands = ["smtpd", "smtp", "pipe", "spawn", "local", "error", "/bin/x"];

    private static readonly string[][] Runs =
        [["-n"], ["-nf"], ["-nx"], ["-M"], ["-Mf"], ["-Mx"], ["-F"], ["-P"], ["-Px"], ["-nC", "user"], ["-C", "service"], ["myorigin", "a", "x_time_limit"], ["-P", "x/unix/a=5"], ["a=7"], ["-X", "b"], ["-#", "c1"], ["-F", "x/unix/chroot=y"], ["-M#", "x/unix"]];

    public static IEnumerable<PostconfCase> All()
    {
        for (var seed = 0; seed < Count; seed++)
        {
            var random = new Random(seed);
            var (main, master) = (MainText(random), MasterText(random));
            foreach (var run in Enumerable.Range(0, 3).Select(_ => Runs[random.Next(Runs.Length)]).DistinctBy(r => string.Join(' ', r)))
            {
                yield return new PostconfCase($"generated {seed}", main, master, run);
            }
        }
    }

    private static string MainText(Random random)
    {
        var text = new StringBuilder(random.Next(4) == 0 ? "# first\n\n" : "");

        // A name twice makes Postfix complain once per time it reads the file.
        foreach (var name in Names.Where(_ => random.Next(2) == 0).ToArray())
        {
            // References go forward only: what happens first in a circle is nobody's promise.
            string[] values = name switch
            {
                "a" => ["${b}", "x${c1?{$b}}", .. Plain],
                "b" => ["$(c1)", .. Plain],
                "c1" => Plain,
                _ => [.. References, .. Plain],
            };
            text.Append(name).Append(random.Next(2) == 0 ? " = " : "=");
            for (var words = random.Next(3); words >= 0; words--)
            {
                text.Append(Pick(random, values)).Append(words > 0 ? Pick(random, Breaks) : "");
            }

            text.Append(random.Next(5) == 0 ? "  \n\n#x\n" : "\n");
        }

        return text.Append(random.Next(3) == 0 ? "smtpd_restriction_classes = b, q\n" : "").ToString();
    }

    private static string MasterText(Random random)
    {
        var text = new StringBuilder();

        // One entry a name: the options of entries with one name get mixed up.
        foreach (var name in (string[])["x", "yy", "a-very-long-service-name"])
        {
            if (random.Next(4) == 0)
            {
                continue;
            }

            text.Append(name).Append(" unix ").Append(Pick(random, ["- - n - -", "n  -\tn 5? 0", "y y y - 1"])).Append(' ');
            text.Append(Pick(random, Commands));
            for (var words = random.Next(5); words > 0; words--)
            {
                text.Append(Pick(random, Breaks)).Append(Pick(random, Arguments));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
