namespace Estafeta.Tables.Text;

/// <summary>
/// Reads the logical lines of a table source: comment and blank lines are skipped, a line that starts with white space continues the one
/// before it. Works on the whole text in memory; a line is a slice of it unless it had to be joined.
/// </summary>
public sealed class LogicalLineReader(ReadOnlyMemory<byte> source)
{
    private readonly ReadOnlyMemory<byte> _source = source;
    private readonly List<byte> _joined = [];
    private int _position;
    private int _physicalLine;

    /// <summary>Number of the physical line at which the current logical line starts.</summary>
    public int FirstLine { get; private set; }

    /// <summary>Number of the last physical line read, which is what most warnings name.</summary>
    public int LastLine { get; private set; }

    /// <summary>The next logical line without its line ends; the span is good until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        line = default;
        var parts = 0;
        while (_position < _source.Length)
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

    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> line, ReadOnlySpan<byte> more, int parts)
    {
        if (parts == 2)
        {
            _joined.Clear();
            _joined.AddRange(line);
        }

        _joined.AddRange(more);
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_joined);
    }

    private ReadOnlySpan<byte> ReadPhysical()
    {
        var rest = _source.Span[_position..];
        var end = rest.IndexOf((byte)'\n');
        _physicalLine++;
        _position += end < 0 ? rest.Length : end + 1;
        return end < 0 ? rest : rest[..end];
    }

    // A comment or blank line between two lines does not end the first: what follows may still continue it.
    private bool ContinuesAt(int position) => position < _source.Length && (_source.Span[position] == '#' || IsSpace(_source.Span[position]));

    private static bool IsSkipped(ReadOnlySpan<byte> physical)
    {
        foreach (var b in physical)
        {
            if (!IsSpace(b))
            {
                return b == '#';
            }
        }

        return true;
    }

    internal static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);
}
