namespace Estafeta.Mail.Headers;

/// <summary>Foreign text inside a comment of a trace header (RFC 5322 §3.2.2): it must not end the comment, nor open another.</summary>
public static class HeaderComment
{
    /// <summary>Printable ASCII; <c>?</c> for anything else, for backslashes and for parentheses without their partner.</summary>
    public static string Clean(string text)
    {
        Span<char> clean = text.Length <= 128 ? stackalloc char[text.Length] : new char[text.Length];
        var open = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isStray = c is < ' ' or > '~' or '\\' || (c == ')' && open == 0);
            open += isStray ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
            clean[i] = isStray ? '?' : c;
        }

        for (var i = clean.Length - 1; open > 0; i--)
        {
            // From the right: an opening parenthesis that is never closed.
            if (clean[i] == ')')
            {
                i = SkipPair(clean, i);
            }
            else if (clean[i] == '(')
            {
                clean[i] = '?';
                open--;
            }
        }

        return clean.ToString();
    }

    // The index of the parenthesis that opens the pair which ends here.
    private static int SkipPair(ReadOnlySpan<char> text, int end)
    {
        var depth = 1;
        while (depth > 0)
        {
            end--;
            depth += text[end] == ')' ? 1 : text[end] == '(' ? -1 : 0;
        }

        return end;
    }
}
