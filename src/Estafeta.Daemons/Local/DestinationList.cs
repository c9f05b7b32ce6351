using System.Text;
using Estafeta.Mail.Addresses;

namespace Estafeta.Daemons.Local;

/// <summary>
/// Reads the right side of aliases(5), and .forward and :include: files: addresses, <c>"|command"</c>, <c>/file</c>, <c>:include:/file</c>,
/// separated by commas or blanks, with comments in parentheses. What contains blanks must be quoted. A backslash makes the next character an
/// ordinary one, quoted or not, as in Postfix: what bypasses aliases and .forward is written <c>\\name</c>.
/// </summary>
public static class DestinationList
{
    /// <summary>A whole file: logical lines, lines that start with <c>#</c> are comments.</summary>
    public static List<Destination> ParseFile(string text)
    {
        var found = new List<Destination>();
        var logical = new StringBuilder();
        foreach (var line in text.Split('\n'))
        {
            var isComment = line.TrimStart().StartsWith('#') || string.IsNullOrWhiteSpace(line);
            if (!isComment && logical.Length > 0 && !char.IsWhiteSpace(line[0]))
            {
                found.AddRange(Parse(logical.ToString()));
                logical.Clear();
            }

            if (!isComment)
            {
                logical.Append(line).Append('\n');
            }
        }

        found.AddRange(Parse(logical.ToString()));
        return found;
    }

    public static List<Destination> Parse(string text)
    {
        var found = new List<Destination>();

        // Words since the last comma: names in front of <address>, or destinations without commas.
        var words = new List<string>();
        var at = 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case ',' or ';':
                    Flush(words, found);
                    at++;
                    break;
                case '<':
                    words.Clear();
                    found.Add(new Destination(DestinationKind.Address, AddressText.ToInternal(ReadRoute(text, ref at))));
                    break;
                case '(':
                    SkipComment(text, ref at);
                    break;
                case '>':
                    at++;
                    break;
                case ':' when words.Count > 0 && text.IndexOf(';', at) > 0:
                    // The name of a group, friends: you, me;
                    words.Clear();
                    at++;
                    break;
                case var c when char.IsWhiteSpace(c):
                    at++;
                    break;
                default:
                    words.Add(ReadWord(text, ref at));
                    break;
            }
        }

        Flush(words, found);
        return found;
    }

    private static void Flush(List<string> words, List<Destination> found)
    {
        foreach (var word in words)
        {
            if (word.Length > 0)
            {
                found.Add(Classify(word));
            }
        }

        words.Clear();
    }

    private static Destination Classify(string word)
    {
        const string include = ":include:";
        return word[0] switch
        {
            '|' => new Destination(DestinationKind.Command, word[1..].Trim()),
            '/' => new Destination(DestinationKind.File, word),
            '~' when word.StartsWith("~/", StringComparison.Ordinal) => new Destination(DestinationKind.File, word),
            ':' when word.StartsWith(include, StringComparison.OrdinalIgnoreCase) => new Destination(DestinationKind.Include, word[include.Length..].Trim()),
            _ => new Destination(DestinationKind.Address, word),
        };
    }

    // An atom, or quoted text, or both: "a b"@example.com. Quotes and backslashes vanish.
    private static string ReadWord(string text, ref int at)
    {
        var word = new StringBuilder();
        var isQuoted = false;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == '\\' && at + 1 < text.Length)
            {
                word.Append(text[++at]);
            }
            else if (!isQuoted && (char.IsWhiteSpace(c) || c is ',' or ';' or '<' or '>' or '(' || EndsGroupName(text, at, word)))
            {
                break;
            }
            else
            {
                word.Append(char.IsWhiteSpace(c) ? ' ' : c);
            }
        }

        return word.ToString();
    }

    private static bool EndsGroupName(string text, int at, StringBuilder word) =>
        text[at] == ':' && word.Length > 0 && word[0] is not (':' or '/' or '|') && text.IndexOf(';', at) > 0;

    private static string ReadRoute(string text, ref int at)
    {
        var end = text.IndexOf('>', at);
        end = end < 0 ? text.Length : end;
        var route = text[(at + 1)..end];
        at = Math.Min(text.Length, end + 1);
        return route.Trim();
    }

    private static void SkipComment(string text, ref int at)
    {
        for (var level = 0; at < text.Length; at++)
        {
            level += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
            if (level == 0)
            {
                at++;
                return;
            }
        }
    }
}
