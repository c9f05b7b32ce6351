using System.Text;

namespace Estafeta.Mail.Addresses;

/// <summary>
/// The two spellings of an address. Internal: as in the queue and in tables' results, the local part without quotes
/// (<c>john smith@example.com</c>). External: as on the wire and in headers (<c>"john smith"@example.com</c>, RFC 5322 §3.4.1).
/// </summary>
public static class LocalPart
{
    private const string AtomSpecials = "!#$%&'*+-/=?^_`{|}~";

    /// <summary>
    /// Internal to external form. The domain starts at the last <c>@</c>; an address without one is all local part. A source route in front
    /// (<c>@relay:user@site</c>, RFC 5321 appendix C) stays one, as Postfix has it: the local part begins behind its colon.
    /// </summary>
    public static string Quote(string address)
    {
        var start = address.StartsWith('@') ? address.IndexOf(':') + 1 : 0;
        var at = address.LastIndexOf('@');
        at = at < start ? -1 : at;
        var local = at < 0 ? address.AsSpan(start) : address.AsSpan(start, at - start);
        if (IsDotString(local) || (local.IsEmpty && at < 0))
        {
            return address;
        }

        var result = new StringBuilder(address.Length + 4).Append(address, 0, start);
        AppendQuoted(result, local);
        return at < 0 ? result.ToString() : result.Append(address, at, address.Length - at).ToString();
    }

    /// <summary>External to internal form. Quotes and backslashes vanish up to the first unquoted <c>@</c>; what follows is kept.</summary>
    public static string Unquote(string address)
    {
        if (address.AsSpan().IndexOfAny('"', '\\') < 0)
        {
            return address;
        }

        var result = new StringBuilder(address.Length);
        var quoted = false;
        for (var i = 0; i < address.Length; i++)
        {
            var c = address[i];
            if (c == '@' && !quoted)
            {
                return result.Append(address, i, address.Length - i).ToString();
            }

            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '\\' && i + 1 < address.Length)
            {
                result.Append(address[++i]);
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    /// <summary>Whether the text is a Dot-string of RFC 5321 §4.1.2 (with RFC 6531's non-ASCII letters): needs no quotes.</summary>
    public static bool IsDotString(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.')
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.' ? text[i - 1] == '.' : !IsAtomText(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>atext</c> of RFC 5322 §3.2.3, and everything beyond ASCII.</summary>
    public static bool IsAtomText(char c) =>
        char.IsAsciiLetterOrDigit(c) || c >= 0x80 || AtomSpecials.Contains(c, StringComparison.Ordinal);

    /// <summary>The text as a quoted-string.</summary>
    public static void AppendQuoted(StringBuilder result, ReadOnlySpan<char> text)
    {
        result.Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\' or '\r')
            {
                result.Append('\\');
            }

            result.Append(c);
        }

        result.Append('"');
    }
}
