using System.Text;

namespace Estafeta.Tables.Ldap;

/// <summary>Keys made harmless for the two languages of a search.</summary>
internal static class LdapText
{
    /// <summary>RFC 4515 §3: a value in a filter.</summary>
    public static string QuoteFilter(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (c is '*' or '(' or ')' or '\\' or '\0')
            {
                result.Append('\\').Append(((int)c).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    /// <summary>RFC 4514 §2.4: a value in a distinguished name.</summary>
    public static string QuoteName(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            var isEdge = (text[i] is ' ' && (i == 0 || i == text.Length - 1)) || (text[i] == '#' && i == 0);
            if (text[i] < ' ')
            {
                result.Append('\\').Append(((int)text[i]).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
                continue;
            }

            if (isEdge || text[i] is ',' or '+' or '"' or '\\' or '<' or '>' or ';' or '=')
            {
                result.Append('\\');
            }

            result.Append(text[i]);
        }

        return result.ToString();
    }
}
