using System.Globalization;
using System.Net;
using System.Text;

namespace Estafeta.Conformance.Tables;

/// <summary>Repeatable random tables and keys that meet each other often enough.</summary>
internal sealed class TableGenerator(int seed)
{
    public const string BadCidr = """
        1.2.3.4 a
        1.2.3.0/24 b
        1.2.3.1/24 c
        [::1] d
        ![::2] e
        bad x
        1.2.3/24 y
        1.2.3.4/33 y
        010.1.1.1 oct
        endif
        1.2.3.5
        fe80::1%eth0 a
        1.2.3.4/ d
        1.2.3.4/x d
        1.2.3.4/-1 d
        if
        if junk
        if 1.2.3.4 junk
        endif x
        2.2.2.3	tab 	val
        ! 2.2.2.4 x
        !!2.2.2.3 y
        [3.3.3.3 y
        [3.3.3.3]x y
        [3.3.3.0]/24 z
        2001:db8::1/32 v
        if [4.4.4.4]
        4.4.4.4 v

        """;

    public const string BadPatterns = """
        /a/
        ! /c/ d
        !!/c/ d
        if /d/ foo
        endif foo
        if/e/
        endif
        /f/i g
        /f/im g
        !~q~ r
        if !  /z/
        /y/ k
        endif
        endif
        IF /a/
        ENDIF
        a b
        {x} y
        /g\/h/ slash
        /^(a)(b)?c$/ x$1y$2z
        /bad
        /bad( x
        /ok/q x
        /two/ $9
        /three/ $0
        /four/ $x
        /five(.)/ ${1}${2}
        !/six(.)/ $1
        /x(y)/ a$$b$(1)c${1}d$1e
        /zz/ a$
        /zy/ ${1
        if
        if /x
        /ww/ $11
        /[/ x
        if !/z/

        """;

    public const string OddLines = "noval\n\"open x\nk: v\n\"quoted key\"  v  \nFOO@example.com dup\nfoo@example.com dup2\n\u00c9\u00e9 x\n  \n# c\na\\ b c\n";

    private static readonly string[] Names = ["alice", "bob", "Carol", "d.e", "info", "list-owner", "x", "müller", "o'neil", "a+b"];
    private static readonly string[] Domains = ["example.com", "Example.ORG", "sub.example.com", "test", "straße.example", "a.b.c.d"];
    private static readonly string[] Patterns =
    [
        "^alice", "@example\\.com$", "^(.*)@(.*)$", "b+ob", "[0-9]+", "^info@", "owner", "(a|b)c?", "x.*y", "\\.org$", "^.{3,5}@", "d\\.e", "[[:upper:]]",
        "example\\.(com|org)", "^([^@]+)@test$", "l(i)(s)?t", "a\\+b",
    ];

    private readonly Random _random = new(seed);

    public string CidrTable(int rules)
    {
        var text = new StringBuilder();
        var depth = 0;
        for (var i = 0; i < rules; i++)
        {
            switch (_random.Next(20))
            {
                case 0:
                    text.Append(_random.Next(2) == 0 ? "if " : "if !").Append(Network(8)).Append('\n');
                    depth++;
                    break;
                case 1 when depth > 0:
                    text.Append("endif\n");
                    depth--;
                    break;
                case 2:
                    text.Append('!').Append(Network(2)).Append(' ').Append("neg").Append(i).Append('\n');
                    break;
                default:
                    text.Append(Network(_random.Next(4, 33))).Append("  r").Append(i).Append('\n');
                    break;
            }
        }

        while (depth-- > 0)
        {
            text.Append("endif\n");
        }

        return text.ToString();
    }

    public string[] Addresses(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(50) switch
    {
        0 => "name.example.com",
        1 => "1.2.3",
        2 => "01.2.3.4",
        < 12 => Address6().ToString(),
        _ => Address4().ToString(),
    })];

    public string PatternTable(int rules)
    {
        var text = new StringBuilder("# generated\n");
        var depth = 0;
        for (var i = 0; i < rules; i++)
        {
            var pattern = Patterns[_random.Next(Patterns.Length)];
            var flags = _random.Next(3) == 0 ? "i" : "";
            switch (_random.Next(12))
            {
                case 0:
                    text.Append(CultureInfo.InvariantCulture, $"if {(_random.Next(2) == 0 ? "!" : "")}/{pattern}/{flags}\n");
                    depth++;
                    break;
                case 1 when depth > 0:
                    text.Append("endif\n");
                    depth--;
                    break;
                case 2:
                    text.Append(CultureInfo.InvariantCulture, $"!/{pattern}|{i % 10}/{flags} not{i}\n");
                    break;
                case 3:
                    text.Append(CultureInfo.InvariantCulture, $"/^{i % 10}({pattern})$/{flags} {i}:$1\n  and $$ more\n");
                    break;
                default:
                    text.Append(CultureInfo.InvariantCulture, $"/{i % 10}{pattern}/{flags} {i}\n");
                    break;
            }
        }

        for (; depth > 0; depth--)
        {
            text.Append("endif\n");
        }

        return text.Append("/^(.)(.*)@(.*)$/ last ${3} $(2) $1\n").ToString();
    }

    public string[] MailKeys(int count) => [.. Enumerable.Range(0, count).Select(i =>
        (_random.Next(3) == 0 ? _random.Next(10).ToString(CultureInfo.InvariantCulture) : "") + MailKey())];

    public string PlainTable(int entries)
    {
        var text = new StringBuilder();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < entries; i++)
        {
            var key = MailKey() + _random.Next(entries).ToString(CultureInfo.InvariantCulture);
            if (seen.Add(key.Replace("ß", "ss", StringComparison.Ordinal)))
            {
                var value = _random.Next(100) == 0 ? new string('v', _random.Next(1, 20_000)) : "value " + i;
                text.Append(key).Append('\t').Append(value).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>A table whose values are mostly keys of another such table.</summary>
    public string LinkedTable(int entries)
    {
        var text = new StringBuilder();
        foreach (var key in LinkedKeys(entries).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"{key} k{_random.Next(3_000)}\n");
        }

        return text.ToString();
    }

    public string InlineEntries(int entries) =>
        string.Join(", ", LinkedKeys(entries).Distinct().Select((key, i) => i % 3 == 0 ? $"{{ {key} = value {i} }}" : $"{key}=v{i}"));

    public string[] LinkedKeys(int count) => [.. Enumerable.Range(0, count).Select(_ => $"k{_random.Next(3_000)}")];

    public string[] PlainKeys(int count) => [.. Enumerable.Range(0, count).Select(_ =>
        MailKey() + _random.Next(5_000).ToString(CultureInfo.InvariantCulture))];

    private string MailKey() => $"{Names[_random.Next(Names.Length)]}@{Domains[_random.Next(Domains.Length)]}";

    private string Network(int prefix) => _random.Next(4) == 0
        ? $"{Mask(Address6(), Math.Min(prefix * 4, 128))}/{Math.Min(prefix * 4, 128)}"
        : prefix == 32 && _random.Next(2) == 0 ? Address4().ToString() : $"{Mask(Address4(), prefix)}/{prefix}";

    private IPAddress Address4() => new([(byte)_random.Next(9, 12), (byte)_random.Next(4), (byte)_random.Next(4), (byte)_random.Next(256)]);

    private IPAddress Address6()
    {
        var octets = new byte[16];
        (octets[0], octets[1]) = (0x20, (byte)_random.Next(2));
        (octets[3], octets[7], octets[15]) = ((byte)_random.Next(4), (byte)_random.Next(4), (byte)_random.Next(256));
        return new IPAddress(octets);
    }

    private static IPAddress Mask(IPAddress address, int prefix)
    {
        var octets = address.GetAddressBytes();
        for (var bit = prefix; bit < octets.Length * 8; bit++)
        {
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPAddress(octets);
    }
}
