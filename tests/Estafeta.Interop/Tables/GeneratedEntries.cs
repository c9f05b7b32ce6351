using System.Globalization;
using System.Text;

namespace Estafeta.Interop.Tables;

/// <summary>Repeatable random addresses with one to three values each, and keys of which about half are among them.</summary>
internal sealed class GeneratedEntries
{
    private static readonly string[] Names = ["alice", "bob", "carol", "d.e", "info", "list-owner", "x", "o'neil", "a+b", "back\\slash", "per%cent", "under_score"];
    private static readonly string[] Domains = ["example.com", "example.org", "sub.example.com", "test", "a.b.c.d"];

    private readonly Random _random = new(11);

    public GeneratedEntries(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var values = Enumerable.Range(0, _random.Next(1, 4)).Select(n => string.Create(CultureInfo.InvariantCulture, $"value{i}.{n}@{Domains[_random.Next(Domains.Length)]}"));
            Entries.TryAdd(Key(count), [.. values]);
        }
    }

    public SortedDictionary<string, string[]> Entries { get; } = new(StringComparer.Ordinal);

    public string Sql
    {
        get
        {
            var text = new StringBuilder("CREATE TABLE aliases (mailbox VARCHAR(100), goto VARCHAR(200));\nBEGIN;\n");
            foreach (var (key, values) in Entries)
            {
                foreach (var value in values)
                {
                    text.Append(CultureInfo.InvariantCulture, $"INSERT INTO aliases VALUES ('{key.Replace("'", "''", StringComparison.Ordinal)}', '{value}');\n");
                }
            }

            return text.Append("CREATE INDEX by_mailbox ON aliases (mailbox);\nCOMMIT;\n").ToString();
        }
    }

    /// <summary>Entries below <c>ou=people</c>, the address in <c>uid</c>.</summary>
    public string Ldif
    {
        get
        {
            var text = new StringBuilder();
            var number = 0;
            foreach (var (key, values) in Entries)
            {
                text.Append(CultureInfo.InvariantCulture, $"dn: cn=g{++number},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\ncn: g{number}\nsn: g\nuid: {key}\n");
                foreach (var value in values)
                {
                    text.Append(CultureInfo.InvariantCulture, $"mail: {value}\n");
                }

                text.Append('\n');
            }

            return text.ToString();
        }
    }

    public string[] Keys(int count) => [.. Enumerable.Range(0, count).Select(_ => Key(Entries.Count)).Distinct()];

    private string Key(int range) => string.Create(
        CultureInfo.InvariantCulture, $"{Names[_random.Next(Names.Length)]}{_random.Next(range / 20)}@{Domains[_random.Next(Domains.Length)]}");
}
