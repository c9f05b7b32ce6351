using System.Text;

namespace Estafeta.Net.Milter;

/// <summary>Reads the reply a milter chose with smfi_setreply or smfi_setmlreply: it must be one legal SMTP reply, or it is none.</summary>
internal static class MilterReplyText
{
    private const int MaxOctets = 16 * 1024;

    /// <summary>Lines <c>550 5.7.1 text</c>, the same code on each; null when it is anything else.</summary>
    public static string? Read(ReadOnlySpan<byte> payload)
    {
        var end = payload.IndexOf((byte)0);
        if (end is < 3 or > MaxOctets)
        {
            return null;
        }

        var lines = Unescape(Encoding.UTF8.GetString(payload[..end])).Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        var code = lines[0][..Math.Min(3, lines[0].Length)];
        if (code.Length < 3 || code[0] is not ('4' or '5') || !char.IsAsciiDigit(code[1]) || !char.IsAsciiDigit(code[2]))
        {
            return null;
        }

        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (!line.StartsWith(code, StringComparison.Ordinal) || (line.Length > 3 && line[3] is not (' ' or '-')))
            {
                return null;
            }

            lines[i] = Printable(line[..3] + " " + (line.Length > 4 ? line[4..] : ""));
        }

        return string.Join('\n', lines).TrimEnd();
    }

    /// <summary>What came instead of a reply, for the log.</summary>
    public static string Cut(ReadOnlySpan<byte> payload)
    {
        const int LoggedOctets = 100;
        var end = payload.IndexOf((byte)0);
        payload = end < 0 ? payload : payload[..end];
        return Printable(Encoding.UTF8.GetString(payload[..Math.Min(payload.Length, LoggedOctets)]));
    }

    // libmilter doubles percent signs; a lone one goes, as in Postfix.
    private static string Unescape(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                result.Append(text[i]);
            }
            else if (++i < text.Length)
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
