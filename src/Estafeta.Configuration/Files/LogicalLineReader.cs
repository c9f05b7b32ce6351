namespace Estafeta.Configuration.Files;

/// <summary>The logical lines of main.cf and master.cf (<see cref="LogicalLines{T}"/>) as texts. A line ends at a NUL, as it does in Postfix.</summary>
public sealed class LogicalLineReader(string text)
{
    private readonly LogicalLines<char> _lines = new(text.AsMemory());

    /// <summary>C's isspace: the whitespace of these files.</summary>
    public static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');

    /// <summary>The same of an octet.</summary>
    public static bool IsSpace(byte octet) => IsSpace((char)octet);

    public bool TryRead(out LogicalLine line)
    {
        if (!_lines.TryRead(out var content))
        {
            line = default;
            return false;
        }

        var nul = content.IndexOf('\0');
        line = new LogicalLine((nul < 0 ? content : content[..nul]).ToString(), _lines.FirstLine, _lines.LastLine);
        return true;
    }
}
