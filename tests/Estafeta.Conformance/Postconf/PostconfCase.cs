namespace Estafeta.Conformance.Postconf;

/// <summary>A configuration pair and a command line. Cases come from data files: <c>=== name</c>, <c>--- main.cf</c>, <c>--- master.cf</c>, <c>--- run</c>.</summary>
public sealed record PostconfCase(string Name, string Main, string? Master, IReadOnlyList<string> Arguments)
{
    // What every pair is shown with.
    private static readonly string[] Listings =
    [
        "-n", "-nf", "-nx", "-nh", "-nH", "-nhf", "-nC user", "-nC service", "-nC builtin", "-M", "-Mf", "-Mx", "-Mxf", "-F", "-Ff", "-FH", "-P", "-Pf", "-Ph", "-PH", "-Px",
    ];

    public override string ToString() => $"{Name}: {string.Join(' ', Arguments)}";

    /// <summary>The ways administrators run Postfix, which <c>estafeta check</c> is tested with.</summary>
    public static IEnumerable<PostconfCase> Recipes() => Load("recipes.txt").Select(c => c with { Main = KnownDifferences.WithoutNewParameters(c.Main) });

    public static IEnumerable<PostconfCase> Load(string file)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Postconf", "data", file), System.Text.Encoding.Latin1);
        foreach (var block in (text + "\n").Split("\n=== ", StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var parsed in ParseBlock((block.StartsWith("=== ", StringComparison.Ordinal) ? block[4..] : block) + "\n"))
            {
                yield return parsed;
            }
        }
    }

    private static IEnumerable<PostconfCase> ParseBlock(string block)
    {
        var lineEnd = block.IndexOf('\n', StringComparison.Ordinal);
        var name = block[..lineEnd].Trim();
        if (name.StartsWith('#'))
        {
            yield break;
        }

        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        var part = "";
        foreach (var line in block[(lineEnd + 1)..].Split('\n').SkipLast(1))
        {
            if (line.StartsWith("--- ", StringComparison.Ordinal))
            {
                parts[part = line[4..]] = "";
            }
            else
            {
                parts[part] += line + "\n";
            }
        }

        var main = parts.GetValueOrDefault("main.cf", "");
        var master = parts.GetValueOrDefault("master.cf", "");
        var runs = parts.GetValueOrDefault("run", "*").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(r => r.Trim().Length > 0);
        foreach (var run in runs.SelectMany(r => r == "*" ? Listings : [r]))
        {
            yield return new PostconfCase(name, main, master, Words(run));
        }
    }

    /// <summary>Words between blanks; single quotes keep blanks, <c>\n</c> is a line end.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var (quoted, any) = (false, false);
        foreach (var c in line.Replace("\\n", "\n", StringComparison.Ordinal))
        {
            if (c == '\'')
            {
                (quoted, any) = (!quoted, true);
            }
            else if (c == ' ' && !quoted)
            {
                if (any)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                any = false;
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }

        if (any)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
