using System.Globalization;
using System.Text;

namespace Estafeta.Bench.Tables;

/// <summary>Tables and keys, the same in each run. About half of the keys are in the table.</summary>
internal sealed class TableSources(int count)
{
    private const int Seed = 1;

    /// <summary>Entries of an indexed table.</summary>
    public string Entries
    {
        get
        {
            var text = new StringBuilder(count * 50);
            for (var i = 0; i < count; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"user{i}@example{i % 100}.com\tmailbox{i}@store{i % 7}.example.net\n");
            }

            return text.ToString();
        }
    }

    public string EntryKeys => Lines(static (random, i, count) =>
    {
        var known = random.Next(count);
        return random.Next(2) == 0 ? $"user{known}@example{known % 100}.com" : $"nobody{i}@example.org";
    });

    public string Addresses => Lines(static (random, _, _) =>
        $"{random.Next(10, 30)}.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}");

    /// <summary>Recipients as a server sees them: most match no rule.</summary>
    public string MailKeys => Lines(static (random, i, _) => random.Next(4) == 0
        ? $"list{random.Next(3000)}-owner@lists.example.com"
        : $"user{i}@example{random.Next(100)}.com");

    public static string Cidr(int rules)
    {
        var random = new Random(Seed);
        var text = new StringBuilder();
        for (var i = 0; i < rules; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{random.Next(10, 30)}.{random.Next(256)}.{random.Next(256)}.0/24 REJECT rule {i}\n");
        }

        return text.ToString();
    }

    public static string Patterns(int rules)
    {
        var text = new StringBuilder();
        for (var i = 0; i < rules; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"/^list{i}-(owner|request)@lists\\.example\\.com$/ rule {i} for $1\n");
        }

        return text.ToString();
    }

    private string Lines(Func<Random, int, int, string> line)
    {
        var random = new Random(Seed);
        var text = new StringBuilder(count * 30);
        for (var i = 0; i < count; i++)
        {
            text.Append(line(random, i, count)).Append('\n');
        }

        return text.ToString();
    }
}
