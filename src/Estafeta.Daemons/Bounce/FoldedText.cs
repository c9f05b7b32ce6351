using System.Text;

namespace Estafeta.Daemons.Bounce;

/// <summary>Lines of a report: at most 79 characters where there is a space to break at, continued with four spaces of indent.</summary>
internal static class FoldedText
{
    private const int Width = 79;
    private const string Indent = "    ";

    public static void AppendLine(StringBuilder output, string text)
    {
        var rest = Printable(text).AsSpan();
        var room = Width;
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

            output.Append(rest[..space]).Append('\n').Append(Indent);
            rest = rest[space..].TrimStart(' ');
            room = Width - Indent.Length;
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
