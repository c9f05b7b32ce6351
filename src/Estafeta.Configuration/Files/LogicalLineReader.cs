using System.Text;

namespace Estafeta.Configuration.Files;

/// <summary>
/// The line rules that main.cf, master.cf and the text form of lookup tables share: blank lines and lines whose first
/// non-blank is <c>#</c> are skipped wherever they stand; a line that starts with whitespace continues the logical line before it.
/// A value ends at a NUL, as it does in Postfix.
/// </summary>
public ref struct LogicalLineReader(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;
    private int _line;

    /// <summary>C's isspace: the whitespace of these files.</summary>
    public static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');

    public bool TryRead(out LogicalLine line)
    {
        ReadOnlySpan<char> first = default;
        StringBuilder? joined = null;
        var firstLine = 0;
        var lastLine = 0;
        while (_rest.Length > 0)
        {
            var physical = Peek(out var length);
            if (firstLine != 0 && IsContent(physical) && !IsSpace(physical[0]))
            {
                break;
            }

            _rest = _rest[length..];
            _line++;
            if (!IsContent(physical))
            {
                continue;
            }

            lastLine = _line;
            if (firstLine == 0)
            {
                firstLine = _line;
                first = physical;
            }
            else
            {
                (joined ??= new StringBuilder().Append(first)).Append(physical);
            }
        }

        line = new LogicalLine(BeforeNul(joined?.ToString() ?? first.ToString()), firstLine, lastLine);
        return firstLine != 0;
    }

    private static bool IsContent(ReadOnlySpan<char> physical)
    {
        foreach (var c in physical)
        {
            if (!IsSpace(c))
            {
                return c != '#';
            }
        }

        return false;
    }

    private static string BeforeNul(string text)
    {
        var nul = text.IndexOf('\0', StringComparison.Ordinal);
        return nul < 0 ? text : text[..nul];
    }

    private readonly ReadOnlySpan<char> Peek(out int length)
    {
        var end = _rest.IndexOf('\n');
        length = end < 0 ? _rest.Length : end + 1;
        return end < 0 ? _rest : _rest[..end];
    }
}
