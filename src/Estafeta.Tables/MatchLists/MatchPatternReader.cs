using Estafeta.Configuration;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Cidr;

namespace Estafeta.Tables.MatchLists;

/// <summary>
/// The syntax that Postfix's match lists share (mydestination, mynetworks, debug_peer_list…): words separated by blanks or commas,
/// <c>!word</c> for "does not match", <c>/file</c> for the words of a file (a line that starts with <c>#</c> is a comment there),
/// <c>type:table</c>, everything else a pattern of the list's own kind. A table or file that fails makes its look-ups fail, not the daemon.
/// </summary>
internal sealed class MatchPatternReader(string parameterName, TableSet tables, bool readsNetworks)
{
    // A file that names itself must end somewhere.
    private const int MaximumDepth = 100;

    private readonly List<MatchPattern> _patterns = [];

    public static MatchPattern[] Read(string parameterName, string value, TableSet tables, bool readsNetworks)
    {
        var reader = new MatchPatternReader(parameterName, tables, readsNetworks);
        reader.Add(value, negated: false, depth: 0);
        return [.. reader._patterns];
    }

    private void Add(ReadOnlySpan<char> text, bool negated, int depth)
    {
        while (WordList.TryNext(ref text, ", \t\r\n", out var word))
        {
            if (word[0] == '#')
            {
                tables.Warn($"{parameterName}: comment at end of line is not supported: {word}{text}");
                return;
            }

            var bare = word.TrimStart('!');
            if (bare.IsEmpty)
            {
                throw new ConfigurationException($"{parameterName}: no pattern after '!'");
            }

            AddWord(bare.ToString(), negated ^ ((word.Length - bare.Length) % 2 == 1), depth);
        }
    }

    private void AddWord(string word, bool negated, int depth)
    {
        if (word[0] == '/')
        {
            AddFile(word, negated, depth);
        }
        else if (word[0] != '[' && word.Contains(':', StringComparison.Ordinal))
        {
            var table = tables.OpenList(parameterName, word);
            _patterns.Add(new MatchPattern(word, negated)
            {
                Table = new MapList(parameterName, table.Tables) { Warn = _ => tables.Warn($"{parameterName}: {word}: table lookup problem") },
            });
        }
        else
        {
            _patterns.Add(readsNetworks ? WithNetwork(new MatchPattern(word, negated)) : new MatchPattern(word, negated));
        }
    }

    private void AddFile(string path, bool negated, int depth)
    {
        try
        {
            foreach (var line in File.ReadLines(depth < MaximumDepth ? path : throw new IOException("files nested too deeply")))
            {
                if (!line.StartsWith('#'))
                {
                    Add(line, negated, depth + 1);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var trouble = $"open file {path}: {Reason(e)}";
            tables.Warn(trouble);
            _patterns.Add(new MatchPattern(path, negated) { Trouble = trouble });
        }
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => e.Message,
    };

    // A name never looks like this; what does but is no network must not silently match nothing.
    private static MatchPattern WithNetwork(MatchPattern pattern)
    {
        var text = pattern.Text;
        if (CidrPattern.TryParse(text, out var network, out var error))
        {
            return pattern with { Network = network };
        }

        return text[0] == '[' || text.Contains('/', StringComparison.Ordinal) ? pattern with { Trouble = error } : pattern;
    }
}
