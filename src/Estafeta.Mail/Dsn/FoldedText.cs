using System.Text;

namespace Estafeta.Mail.Dsn;

/// <summary>
/// Lines of a report to people: at most 79 characters where there is a space to break at, continued with four spaces of indent. Bounces
/// and notices to the postmaster.
/// </summary>
public static class FoldedText
{
    private const int Width = 79;
    private const string Indent = "    ";

    /// <param name="output">Gets the line.</param>
    /// <param name="text">Without line end.</param>
    /// <param name="margin">Stands before each line of output.</param>
    public static void AppendLine(StringBuilder output, string text, string margin = "")
    {
        var rest = Printable(text).AsSpan();
        var room = Width - margin.Length;
        output.Append(margin);
        while (rest.Length > room)
        {
            var space = rest[..(room + 1)].LastIndexOf(' ');
            if (space <= 0)
            {
                space = rest[1..].IndexOf(' ') + 1;
                if (space == 0)
                {
                    break;
                }
            }

            output.Append(rest[..space]).Append('\n').Append(margin).Append(Indent);
            rest = rest[space..].TrimStart(' ');
            room = Width - margin.Length - Indent.Length;
        }

        output.Append(rest).Append('\n');
    }

    /// <summary>Nothing a peer said may begin a line of its own.</summary>
    public static string Printable(string text)
    {
        var bad = text.AsSpan().IndexOfAnyInRange('\0', '\x1f');
        if (bad < 0 && !text.Contains('\x7f', StringComparison.Ordinal))
        {
            return text;
        }

        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = source[i] is < ' ' or '\x7f' ? '?' : source[i];
            }
        });
    }
}
