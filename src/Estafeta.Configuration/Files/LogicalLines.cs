using System.Numerics;
using System.Runtime.InteropServices;

namespace Estafeta.Configuration.Files;

/// <summary>
/// The line rules that main.cf, master.cf and the text form of lookup tables share: blank lines and lines whose first non-blank is <c>#</c> are skipped
/// wherever they stand; a line that starts with whitespace continues the logical line before it. Works on the whole text in memory, of characters or of
/// octets; a line is a slice of it unless it had to be joined.
/// </summary>
public sealed class LogicalLines<T>(ReadOnlyMemory<T> source)
    where T : unmanaged, IBinaryInteger<T>
{
    private static readonly T LineFeed = T.CreateTruncating('\n');
    private static readonly T Hash = T.CreateTruncating('#');

    private readonly List<T> _joined = [];
    private int _position;
    private int _physicalLine;

    /// <summary>Number of the physical line at which the current logical line starts.</summary>
    public int FirstLine { get; private set; }

    /// <summary>Number of the last physical line of its content, which is what most warnings name.</summary>
    public int LastLine { get; private set; }

    /// <summary>The next logical line without its line ends; the span is good until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<T> line)
    {
        line = default;
        var parts = 0;
        while (_position < source.Length)
        {
            var physical = ReadPhysical();
            if (!IsSkipped(physical))
            {
                if (parts++ == 0)
                {
                    FirstLine = _physicalLine;
                    line = physical;
                }
                else
                {
                    line = Join(line, physical, parts);
                }

                LastLine = _physicalLine;
            }

            if (parts > 0 && !ContinuesAt(_position))
            {
                break;
            }
        }

        return parts > 0;
    }

    private ReadOnlySpan<T> Join(ReadOnlySpan<T> line, ReadOnlySpan<T> more, int parts)
    {
        if (parts == 2)
        {
            _joined.Clear();
            _joined.AddRange(line);
        }

        _joined.AddRange(more);
        return CollectionsMarshal.AsSpan(_joined);
    }

    private ReadOnlySpan<T> ReadPhysical()
    {
        var rest = source.Span[_position..];
        var end = rest.IndexOf(LineFeed);
        _physicalLine++;
        _position += end < 0 ? rest.Length : end + 1;
        return end < 0 ? rest : rest[..end];
    }

    // A comment or blank line between two lines does not end the first: what follows may still continue it.
    private bool ContinuesAt(int position) => position < source.Length && (source.Span[position] == Hash || IsSpace(source.Span[position]));

    private static bool IsSkipped(ReadOnlySpan<T> physical)
    {
        foreach (var c in physical)
        {
            if (!IsSpace(c))
            {
                return c == Hash;
            }
        }

        return true;
    }

    private static bool IsSpace(T c) => c == T.CreateTruncating(' ') || (c >= T.CreateTruncating('\t') && c <= T.CreateTruncating('\r'));
}
