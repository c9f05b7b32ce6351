using Estafeta.Configuration.Files;

namespace Estafeta.Commands.Postconf.Edit;

internal enum LineKind
{
    /// <summary>Blank, or a comment wherever it stands.</summary>
    Comment,

    /// <summary>Starts a logical line.</summary>
    Start,

    /// <summary>Starts with a blank: continues the logical line before it.</summary>
    Continuation,
}

/// <summary>The lines of a configuration file as they are, ends included, each with its part in the grammar.</summary>
internal static class PhysicalLines
{
    public static IEnumerable<(string Text, LineKind Kind)> Of(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            var line = text[at..end];
            yield return (line, KindOf(line));
            at = end;
        }
    }

    /// <summary>The first word of a line: a parameter's or a service's name.</summary>
    public static string FirstWord(ReadOnlySpan<char> line, bool endsAtEquals)
    {
        line = NameValue.TrimStart(line);
        var end = 0;
        while (end < line.Length && !LogicalLineReader.IsSpace(line[end]) && !(endsAtEquals && line[end] == '='))
        {
            end++;
        }

        return line[..end].ToString();
    }

    /// <summary>A text that another line can be put behind.</summary>
    public static string WithEnd(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";

    private static LineKind KindOf(string line)
    {
        var content = NameValue.TrimStart(line);
        return content.IsEmpty || content[0] == '#' ? LineKind.Comment
            : LogicalLineReader.IsSpace(line[0]) ? LineKind.Continuation
            : LineKind.Start;
    }
}
