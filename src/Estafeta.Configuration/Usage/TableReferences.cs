using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.Usage;

/// <summary>The tables that a parameter's value names: <c>type:name</c>, below <c>proxy:</c>, in braces, and in pipemap and unionmap.</summary>
public static class TableReferences
{
    /// <param name="value">A value with its macros expanded.</param>
    /// <param name="warn">Told about unbalanced braces.</param>
    public static List<(string Type, string Name)> In(string value, Action<string> warn)
    {
        var tables = new List<(string, string)>();
        Add(value, tables, warn);
        return tables;
    }

    private static void Add(ReadOnlySpan<char> value, List<(string Type, string Name)> tables, Action<string> warn)
    {
        foreach (var item in WordList.Split(value))
        {
            var word = item.StartsWith("proxy:", StringComparison.Ordinal) ? item["proxy:".Length..] : item;
            if (word.StartsWith('{'))
            {
                AddInside(word, tables, warn);
                continue;
            }

            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            var (type, name) = (word[..colon], word[(colon + 1)..]);
            if (type is "pipemap" or "unionmap" && name.StartsWith('{'))
            {
                AddInside(name, tables, warn);
            }
            else
            {
                tables.Add((type, name));
            }
        }
    }

    private static void AddInside(string braced, List<(string Type, string Name)> tables, Action<string> warn)
    {
        if (WordList.Unbrace(braced, out var inside) is { } problem)
        {
            warn(problem);
        }

        Add(inside, tables, warn);
    }
}
