using System.Text;

namespace Estafeta.Authentication.Results;

/// <summary>Text of strangers (domains, addresses, reasons) in headers of ours and in the log: it never leaves its place.</summary>
public static class ResultText
{
    private const int MostCharacters = 256;

    /// <summary>A value of Authentication-Results (RFC 8601 §2.2): as it is, or a quoted string of printable ASCII.</summary>
    public static string Value(string text)
    {
        text = Cut(text);
        return text.Length > 0 && IsPlain(text) ? text : Quote(text);
    }

    public static string Quote(string text)
    {
        text = Cut(text);
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c is '"' or '\\' ? quoted.Append('\\').Append(c) : quoted.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return quoted.Append('"').ToString();
    }

    private static string Cut(string text) => text.Length > MostCharacters ? text[..MostCharacters] : text;

    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"@.-_+=/:!#$%&'*^`{|}~?".Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
