namespace Estafeta.Tables.Text;

/// <summary>
/// Items of lists in the configuration that may be wrapped in braces: <c>{ c d }</c>, <c>{ k = text }</c>. The lists themselves:
/// <see cref="Configuration.Lists.WordList"/>.
/// </summary>
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

        var close = FindClosing(text);
        if (close < 0)
        {
            error = "missing '}'";
            return false;
        }

        if (!string.IsNullOrWhiteSpace(text[(close + 1)..]))
        {
            error = "syntax error after '}'";
            return false;
        }

        inner = text[1..close].Trim();
        error = "";
        return true;
    }

    /// <summary><c>name = value</c>, or the same inside braces, where the value may hold separators.</summary>
    public static bool TrySplitAssignment(string item, out string name, out string value, out string error)
    {
        name = value = "";
        if (item.StartsWith('{'))
        {
            if (!TryUnwrap(item, out item, out error))
            {
                return false;
            }
        }

        var equals = item.IndexOf('=');
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

    private static int FindClosing(string text)
    {
        var level = 0;
        for (var i = 0; i < text.Length; i++)
        {
            level += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (level == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
