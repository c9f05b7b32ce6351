using Estafeta.Configuration.Files;

namespace Estafeta.Configuration.Macros;

/// <summary>The small pieces of macro syntax: names, blanks, and text in balanced braces.</summary>
internal static class MacroText
{
    public static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    public static int SkipSpace(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && LogicalLineReader.IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    public static int SkipName(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && IsNameCharacter(text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>The position after the bracket that closes the one at <paramref name="open"/>, or -1. Only that kind of bracket counts.</summary>
    public static int AfterClose(ReadOnlySpan<char> text, int open)
    {
        var opening = text[open];
        var closing = opening == '{' ? '}' : ')';
        var level = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (text[i] == opening)
            {
                level++;
            }
            else if (text[i] == closing && --level == 0)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>The text in the braces at <paramref name="at"/>, which moves behind them and the blanks that follow.</summary>
    public static string Payload(string text, ref int at)
    {
        var end = AfterClose(text, at);
        if (end < 0)
        {
            throw new MacroException($"unbalanced {{}} in attribute expression: \"{text[at..]}\"");
        }

        var payload = text[(at + 1)..(end - 1)];
        at = SkipSpace(text, end);
        return payload;
    }

    public static string Shown(string text, int at) => text.Substring(at, Math.Min(20, text.Length - at));
}
