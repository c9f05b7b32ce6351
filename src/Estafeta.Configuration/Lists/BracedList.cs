using Estafeta.Configuration.Files;

namespace Estafeta.Configuration.Lists;

/// <summary>Items of lists that may be wrapped in braces: <c>{ c d }</c>, <c>{ k = text }</c>. The lists themselves: <see cref="WordList"/>.</summary>
public static class BracedList
{
    /// <summary>Takes the outer braces off, and white space inside them. Nothing but white space may follow the closing one.</summary>
    public static bool TryUnwrap(string text, out string inner, out string error)
    {
        inner = "";
        if (!text.StartsWith('{'))
        {
            error = "no '{' at start of text";
            return false;
        }

        error = Problem(NameValue.Trim(text), out var inside) ?? "";
        inner = error.Length == 0 ? inside.ToString() : "";
        return error.Length == 0;
    }

    /// <summary><c>name = value</c>, or the same inside braces, where the value may hold separators.</summary>
    public static bool TrySplitAssignment(string item, out string name, out string value, out string error)
    {
        name = value = "";
        if (item.StartsWith('{') && !TryUnwrap(item, out item, out error))
        {
            return false;
        }

        var equals = item.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            error = "missing '=' after attribute name";
            return false;
        }

        name = item[..equals].Trim();
        value = item[(equals + 1)..].Trim();
        error = "";
        return true;
    }

    /// <summary>What is wrong with the braces, in Postfix's words; null when nothing is. The text inside is as far as there is one.</summary>
    internal static string? Problem(ReadOnlySpan<char> text, out ReadOnlySpan<char> inside)
    {
        var level = 0;
        var end = 0;
        do
        {
            level += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
            end++;
        }
        while (level > 0 && end < text.Length);
        inside = NameValue.Trim(level > 0 ? text[1..] : text[1..(end - 1)]);
        return level > 0 ? "missing '}'" : end < text.Length ? "syntax error after '}'" : null;
    }
}
