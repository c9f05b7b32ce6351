using System.Text;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// Expands <c>$name</c>, <c>${name}</c>, <c>${name?text}</c>, <c>${name:text}</c> and the <c>{text}</c> forms in templates that hold text
/// from clients (default_rbl_reply, smtpd_reject_footer). One pass: what a macro brings in is never looked at again, and characters
/// outside the filter (smtpd_expansion_filter) become underscores.
/// </summary>
public static class MacroText
{
    /// <param name="lookup">Null for a name that is not known.</param>
    /// <param name="filter">The characters that may come in; null for all.</param>
    public static string Expand(string template, Func<string, string?> lookup, string? filter)
    {
        if (!template.Contains('$', StringComparison.Ordinal))
        {
            return template;
        }

        var result = new StringBuilder(template.Length + 64);
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                result.Append(template[i]);
            }
            else if (template[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (template[i + 1] is '{' or '(')
            {
                var close = Close(template, i + 1);
                AppendReference(result, template[(i + 2)..close], lookup, filter);
                i = Math.Min(close, template.Length - 1);
            }
            else
            {
                var end = i + 1;
                while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_'))
                {
                    end++;
                }

                Append(result, lookup(template[(i + 1)..end]), filter);
                i = end - 1;
            }
        }

        return result.ToString();
    }

    private static void AppendReference(StringBuilder result, string inner, Func<string, string?> lookup, string? filter)
    {
        var op = inner.IndexOfAny(['?', ':']);
        if (op < 0)
        {
            Append(result, lookup(inner), filter);
            return;
        }

        var isSet = lookup(inner[..op]) is { Length: > 0 };
        var rest = inner[(op + 1)..];
        var isBraced = rest.StartsWith('{');
        var close = isBraced ? Close(rest, 0) : rest.Length;
        var first = isBraced ? rest[1..Math.Min(close, rest.Length)] : rest;
        var second = isBraced && close + 2 < rest.Length && rest[close + 1] == ':' ? rest[(close + 2)..].TrimStart('{').TrimEnd('}') : "";
        result.Append(Expand(isSet == (inner[op] == '?') ? first : inner[op] == '?' ? second : "", lookup, filter));
    }

    private static void Append(StringBuilder result, string? value, string? filter)
    {
        foreach (var c in value ?? "")
        {
            result.Append(filter == null || c >= 0x80 || filter.Contains(c, StringComparison.Ordinal) ? c : '_');
        }
    }

    private static int Close(string text, int open)
    {
        var level = 0;
        for (var i = open; i < text.Length; i++)
        {
            level += text[i] is '{' or '(' ? 1 : text[i] is '}' or ')' ? -1 : 0;
            if (level == 0)
            {
                return i;
            }
        }

        return text.Length;
    }
}
