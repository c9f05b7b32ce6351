namespace Estafeta.Mail.Smtp;

/// <summary>How lines that end in LF without CR are taken (smtpd_forbid_bare_newline).</summary>
public enum BareNewline
{
    /// <summary><c>no</c>: a bare LF is a line end like any other, even around the final dot.</summary>
    Accept,

    /// <summary><c>normalize</c>, <c>note</c>, <c>reject</c>: a line end within the text, but the end of data needs <c>CRLF . CRLF</c>.</summary>
    RequireStandardEnd,
}

/// <summary>
/// Takes the content of DATA off the wire: CRLF becomes LF, one leading dot per line goes, <c>CRLF . CRLF</c> ends it
/// (RFC 5321 §4.5.2, §2.3.8). With dots off it does the line ends of BDAT chunks. Works on chunks cut anywhere and copies whole
/// lines at a time; in place if the output starts no later than <see cref="Headroom"/> octets before the input.
/// A dot line that would end the data but for a bare LF beside it is dropped, as Postfix does: passing it on would let the next
/// server see the end of data that this one refused to see (CVE-2023-51764).
/// </summary>
public sealed class DataDecoder
{
    /// <summary>Octets by which output may run ahead of input: a held CR and a held dot.</summary>
    public const int Headroom = 2;

    private readonly bool _hasDots;
    private readonly bool _requiresStandardEnd;
    private State _state = State.LineStart;
    private bool _previousLineWasBare;

    public DataDecoder(bool hasDots, BareNewline bareNewline)
    {
        _hasDots = hasDots;
        _requiresStandardEnd = bareNewline == BareNewline.RequireStandardEnd;
    }

    private enum State : byte
    {
        LineStart,
        InLine,

        /// <summary>A CR is held: nobody knows yet whether LF follows.</summary>
        CarriageReturn,

        /// <summary>A line began with a dot.</summary>
        Dot,

        /// <summary>A line began with a dot and CR.</summary>
        DotCarriageReturn,
    }

    /// <summary>A line ended in LF without CR somewhere in the content so far.</summary>
    public bool SawBareNewline { get; private set; }

    public bool IsAtEnd { get; private set; }

    /// <summary>Line ends written so far: each was CRLF on the wire, or counts as such in the size of the message.</summary>
    public long LineEnds { get; private set; }

    /// <summary>The content so far ends with a line end, or is empty.</summary>
    public bool IsAtLineStart => _state == State.LineStart;

    /// <summary>
    /// Decodes input into output, which has room for all of it and <see cref="Headroom"/>. Stops behind the end of data.
    /// </summary>
    /// <returns>Octets written; <paramref name="consumed"/> is all of the input unless <see cref="IsAtEnd"/>.</returns>
    public int Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed)
    {
        var at = 0;
        var written = 0;
        while (at < input.Length && !IsAtEnd)
        {
            if (_state is State.LineStart && _hasDots && input[at] == (byte)'.')
            {
                _state = State.Dot;
                at++;
            }
            else if (_state is State.LineStart or State.InLine)
            {
                written += CopyLine(input, ref at, output[written..]);
            }
            else
            {
                written += Resolve(input, ref at, output[written..]);
            }
        }

        consumed = at;
        return written;
    }

    /// <summary>What is held back when the content ends without the end of data (the last BDAT chunk): at most two octets.</summary>
    public int Flush(Span<byte> output)
    {
        var written = 0;
        if (_state is State.CarriageReturn or State.DotCarriageReturn)
        {
            output[written++] = (byte)'\r';
        }

        if (_state != State.LineStart)
        {
            output[written++] = (byte)'\n';
            _state = State.LineStart;
            LineEnds++;
        }

        return written;
    }

    // Copies up to and including the next line end, or all there is.
    private int CopyLine(ReadOnlySpan<byte> input, ref int at, Span<byte> output)
    {
        var rest = input[at..];
        var end = rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            var length = rest.Length;
            if (rest[^1] == (byte)'\r')
            {
                length--;
                _state = State.CarriageReturn;
            }
            else
            {
                _state = State.InLine;
            }

            rest[..length].CopyTo(output);
            at = input.Length;
            return length;
        }

        at += end + 1;
        var isStandard = end > 0 && rest[end - 1] == (byte)'\r';
        var text = isStandard ? end - 1 : end;
        rest[..text].CopyTo(output);
        output[text] = (byte)'\n';
        LineEnds++;
        EndLine(!isStandard);
        return text + 1;
    }

    // One octet after a held CR or dot.
    private int Resolve(ReadOnlySpan<byte> input, ref int at, Span<byte> output)
    {
        var next = input[at];
        switch (_state)
        {
            case State.CarriageReturn when next == (byte)'\n':
                at++;
                output[0] = (byte)'\n';
                LineEnds++;
                EndLine(false);
                return 1;
            case State.CarriageReturn:
                output[0] = (byte)'\r';
                _state = State.InLine;
                return 1;
            case State.Dot when next == (byte)'\r':
                at++;
                _state = State.DotCarriageReturn;
                return 0;
            case State.Dot when next == (byte)'\n':
                at++;
                EndDotLine(true);
                return 0;
            case State.DotCarriageReturn when next == (byte)'\n':
                at++;
                EndDotLine(false);
                return 0;
            case State.DotCarriageReturn:
                _state = State.CarriageReturn;
                return 0;
            default:
                _state = State.InLine;
                return 0;
        }
    }

    private void EndLine(bool isBare)
    {
        _state = State.LineStart;
        _previousLineWasBare = isBare;
        SawBareNewline |= isBare;
    }

    private void EndDotLine(bool isBare)
    {
        if (_requiresStandardEnd && (isBare || _previousLineWasBare))
        {
            EndLine(isBare);
        }
        else
        {
            SawBareNewline |= isBare;
            IsAtEnd = true;
        }
    }
}
