using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Tables.Text;

namespace Estafeta.Authentication.Results;

/// <summary>Whose results an Authentication-Results header claims to be (RFC 8601 §2.2).</summary>
public static class AuthservId
{
    public const string HeaderName = "Authentication-Results";

    /// <summary>
    /// Whether somebody who trusts the results of <paramref name="ours"/> could trust this header: it names us in any spelling, or its name cannot be
    /// made out. Such a header that comes from outside is a forgery (RFC 8601 §5).
    /// </summary>
    public static bool Claims(HeaderField field, string ours) =>
        Ascii.EqualsIgnoreCase(field.Name, "Authentication-Results"u8)
        && (Read(RawText.Decode(field.Value)) is not { Length: > 0 } id || id.TrimEnd('.').Equals(ours.TrimEnd('.'), StringComparison.OrdinalIgnoreCase));

    /// <summary>The first word behind blanks and comments; empty when there is none.</summary>
    internal static string Read(string value)
    {
        var at = SkipComments(value);
        var id = new StringBuilder();
        if (at < value.Length && value[at] == '"')
        {
            for (at++; at < value.Length && value[at] != '"'; at++)
            {
                at += value[at] == '\\' && at + 1 < value.Length ? 1 : 0;
                id.Append(value[at]);
            }

            return id.ToString().Trim();
        }

        for (; at < value.Length && value[at] is not (' ' or '\t' or '\r' or '\n' or ';' or '(' or '"'); at++)
        {
            // What no name has in it (NUL, controls, invisible characters) is not read by everybody.
            if (value[at] is > ' ' and <= '~')
            {
                id.Append(value[at]);
            }
        }

        return id.ToString();
    }

    private static int SkipComments(string value)
    {
        var depth = 0;
        var at = 0;
        for (; at < value.Length; at++)
        {
            switch (value[at])
            {
                case '\\' when depth > 0:
                    at++;
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when depth > 0:
                    depth--;
                    break;
                case > ' ' and not '\x7f' when depth == 0:
                    return at;
            }
        }

        return Math.Min(at, value.Length);
    }
}
