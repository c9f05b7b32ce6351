using System.Text;

namespace Estafeta.Net.Sasl.Client;

/// <summary>The list of a digest challenge (RFC 2831 §7.1): <c>name=value, name="quoted \" value"</c>. Of a name that comes again the first counts.</summary>
internal static class DigestFields
{
    private const int MaximumLength = 4096;

    public static bool TryParse(string text, out Dictionary<string, string> fields)
    {
        fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (text.Length > MaximumLength)
        {
            return false;
        }

        var position = 0;
        while (Skip(text, ref position))
        {
            var equals = text.IndexOf('=', position);
            if (equals <= position)
            {
                return false;
            }

            var name = text[position..equals].TrimEnd();
            position = equals + 1;
            if (!TryReadValue(text, ref position, out var value))
            {
                return false;
            }

            fields.TryAdd(name, value);
        }

        return fields.Count > 0;
    }

    // Over blanks and commas; false at the end.
    private static bool Skip(string text, ref int position)
    {
        while (position < text.Length && text[position] is ' ' or '\t' or ',' or '\r' or '\n')
        {
            position++;
        }

        return position < text.Length;
    }

    private static bool TryReadValue(string text, ref int position, out string value)
    {
        if (position >= text.Length || text[position] != '"')
        {
            var end = text.IndexOf(',', position);
            end = end < 0 ? text.Length : end;
            value = text[position..end].Trim();
            position = end;
            return value.Length > 0;
        }

        var unquoted = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && ++position == text.Length)
            {
                break;
            }

            unquoted.Append(text[position]);
        }

        value = unquoted.ToString();
        return position++ < text.Length;
    }
}
