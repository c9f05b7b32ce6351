namespace Estafeta.Daemons.Smtp;

/// <summary>
/// From queue form to the wire: LF becomes CRLF, a leading dot is doubled (RFC 5321 §4.5.2), a line beyond smtp_line_length_limit is broken
/// with CRLF and a space, a stray CR becomes a space so that the only line end on the wire is CRLF. Works on any slices of the content;
/// searches are vectorised, and content without surprises is copied line by line in bulk.
/// </summary>
/// <param name="lineLimit">0 is no limit.</param>
internal sealed class ContentEncoder(int lineLimit, bool replacesCarriageReturns)
{
    /// <summary>Octets of output that one step may need beyond the input copied: dot, break, line end.</summary>
    public const int Headroom = 8;

    private int _column;

    /// <summary>Nothing of the current line has been written.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    /// <summary>A line was too long and was broken.</summary>
    public bool HasBrokenLine { get; private set; }

    /// <summary>Encodes as much as fits; the output must have room for <see cref="Headroom"/> octets and some.</summary>
    public int Encode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed)
    {
        consumed = 0;
        var written = 0;
        while (consumed < input.Length && output.Length - written >= Headroom)
        {
            var rest = input[consumed..];
            if (IsAtLineStart && rest[0] == '.')
            {
                output[written++] = (byte)'.';
            }

            var end = replacesCarriageReturns ? rest.IndexOfAny((byte)'\n', (byte)'\r') : rest.IndexOf((byte)'\n');
            var run = end < 0 ? rest.Length : end;
            var room = output.Length - written - (Headroom - 3);
            var fits = Math.Min(run, room);
            if (lineLimit > 0 && _column + fits > lineLimit)
            {
                fits = lineLimit - _column;
                rest[..fits].CopyTo(output[written..]);
                consumed += fits;
                written += fits;
                Break(output, ref written);
                continue;
            }

            rest[..fits].CopyTo(output[written..]);
            consumed += fits;
            written += fits;
            _column += fits;
            IsAtLineStart &= fits == 0;
            if (fits < run || end < 0)
            {
                continue;
            }

            consumed++;
            if (rest[end] == '\r')
            {
                if (_column == lineLimit && lineLimit > 0)
                {
                    Break(output, ref written);
                }

                output[written++] = (byte)' ';
                _column++;
                IsAtLineStart = false;
            }
            else
            {
                output[written++] = (byte)'\r';
                output[written++] = (byte)'\n';
                _column = 0;
                IsAtLineStart = true;
            }
        }

        return written;
    }

    /// <summary>The end of data: completes an unfinished line and adds the lone dot.</summary>
    public int Finish(Span<byte> output)
    {
        ReadOnlySpan<byte> end = IsAtLineStart ? ".\r\n"u8 : "\r\n.\r\n"u8;
        end.CopyTo(output);
        return end.Length;
    }

    private void Break(Span<byte> output, ref int written)
    {
        "\r\n "u8.CopyTo(output[written..]);
        written += 3;
        _column = 1;
        IsAtLineStart = false;
        HasBrokenLine = true;
    }
}
