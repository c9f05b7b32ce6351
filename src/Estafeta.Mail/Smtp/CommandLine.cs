using System.Text;

namespace Estafeta.Mail.Smtp;

/// <summary>
/// One command line of a client, cut into words as Postfix does: white space separates words, a colon that ends the second word
/// belongs to it (<c>FROM:</c>), and white space inside <c>&lt;…&gt;</c>, <c>[…]</c> and <c>"…"</c> does not separate.
/// The words keep their brackets and quotes; <see cref="PathReader"/> takes addresses apart.
/// Reused from line to line: <see cref="Parse"/> forgets the line before.
/// </summary>
public sealed class CommandLine
{
    /// <summary>More words than any command takes; the rest of the line stays in the last one.</summary>
    private const int WordLimit = 100;

    private readonly List<CommandWord> _words = new(8);

    /// <summary>The line without its line end, up to the first NUL.</summary>
    public string Text { get; private set; } = "";

    public int Count => _words.Count;

    public CommandWord this[int index] => _words[index];

    /// <summary>First word; empty for an empty line.</summary>
    public string Verb => _words.Count > 0 ? _words[0].Text : "";

    /// <summary>False when the octets are not UTF-8 (RFC 6531 §3.3); nothing is kept then.</summary>
    public bool TryParse(ReadOnlySpan<byte> line)
    {
        var nul = line.IndexOf((byte)0);
        if (nul >= 0)
        {
            line = line[..nul];
        }

        _words.Clear();
        Text = "";
        if (!System.Text.Unicode.Utf8.IsValid(line))
        {
            return false;
        }

        Parse(Encoding.UTF8.GetString(line));
        return true;
    }

    public void Parse(string text)
    {
        Text = text;
        _words.Clear();
        var at = 0;
        while (_words.Count < WordLimit && TryReadWord(text, ref at, out var word))
        {
            _words.Add(word);
        }
    }

    /// <summary>Everything after the words before <paramref name="index"/>, words separated by one space each.</summary>
    public string Join(int index)
    {
        if (index >= _words.Count)
        {
            return "";
        }

        var joined = new StringBuilder(_words[index].Text);
        for (var i = index + 1; i < _words.Count; i++)
        {
            joined.Append(' ').Append(_words[i].Text);
        }

        return joined.ToString();
    }

    private static bool TryReadWord(string text, ref int at, out CommandWord word)
    {
        while (at < text.Length && IsSpace(text[at]))
        {
            at++;
        }

        word = default;
        if (at == text.Length)
        {
            return false;
        }

        var start = at;
        var balanced = true;
        while (at < text.Length && !IsSpace(text[at]))
        {
            switch (text[at])
            {
                case '<':
                    balanced &= SkipGroup(text, ref at, '>');
                    break;
                case '[':
                    balanced &= SkipGroup(text, ref at, ']');
                    break;
                case '"':
                    balanced &= SkipQuoted(text, ref at);
                    break;
                case '\\':
                    at = Math.Min(at + 2, text.Length);
                    break;
                default:
                    at++;
                    break;
            }

            // MAIL FROM:<address> and MAIL FROM: <address> are the same three words. Later colons are part of a parameter.
            if (at < text.Length && text[at - 1] == ':' && IsPathKeyword(text.AsSpan(start, at - start)))
            {
                break;
            }
        }

        word = new CommandWord(text[start..at], balanced);
        return true;
    }

    private static bool IsPathKeyword(ReadOnlySpan<char> word) =>
        word.Equals("from:", StringComparison.OrdinalIgnoreCase) || word.Equals("to:", StringComparison.OrdinalIgnoreCase);

    private static bool SkipGroup(string text, ref int at, char close)
    {
        at++;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case '\\':
                    at = Math.Min(at + 2, text.Length);
                    break;
                case '"':
                    if (!SkipQuoted(text, ref at))
                    {
                        return false;
                    }

                    break;
                case var c:
                    at++;
                    if (c == close)
                    {
                        return true;
                    }

                    break;
            }
        }

        return false;
    }

    private static bool SkipQuoted(string text, ref int at)
    {
        at++;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case '\\':
                    at = Math.Min(at + 2, text.Length);
                    break;
                case '"':
                    at++;
                    return true;
                default:
                    at++;
                    break;
            }
        }

        return false;
    }

    private static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');
}

/// <param name="Text">With its brackets and quotes.</param>
/// <param name="IsBalanced">False when a bracket or quote was not closed before the end of the line.</param>
public readonly record struct CommandWord(string Text, bool IsBalanced)
{
    public bool Is(string other) => string.Equals(Text, other, StringComparison.OrdinalIgnoreCase);

    public bool StartsWith(string prefix) => Text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
}
