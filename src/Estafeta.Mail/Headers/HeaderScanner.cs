using System.Buffers;

namespace Estafeta.Mail.Headers;

public enum HeaderScanResult
{
    /// <summary>All input is used; give more, or say that there is no more.</summary>
    NeedsInput,

    /// <summary>A complete header.</summary>
    Header,

    /// <summary>The header section has ended. What is left of the input is body.</summary>
    End,
}

/// <summary>
/// Cuts the start of a message into headers while it streams in, in any chunking. Headers that lie whole in a chunk are handed out
/// without a copy. header_size_limit bounds one header: octets beyond it vanish.
/// </summary>
public sealed class HeaderScanner(int headerSizeLimit)
{
    private readonly ArrayBufferWriter<byte> _pending = new(256);
    private bool _handedOut;
    private bool _skipping;
    private bool _isHeader;

    // Of what was read: what is kept may end earlier.
    private bool _isAtLineEnd;

    /// <summary>The header section ended without an empty line: at a line that is no header, or at the end of the message.</summary>
    public bool EndedWithoutEmptyLine { get; private set; }

    /// <summary>Takes the next header off the input. The header is valid until the next call or until the input goes away.</summary>
    /// <param name="input">What is not yet used; advanced.</param>
    /// <param name="isLast">No input comes after this.</param>
    /// <param name="field">The header for <see cref="HeaderScanResult.Header"/>.</param>
    public HeaderScanResult Read(ref ReadOnlyMemory<byte> input, bool isLast, out HeaderField field)
    {
        field = default;
        if (_handedOut)
        {
            _pending.ResetWrittenCount();
            _handedOut = false;
        }

        return _pending.WrittenCount > 0 ? ReadPending(ref input, isLast, out field) : ReadDirect(ref input, isLast, out field);
    }

    private HeaderScanResult ReadDirect(ref ReadOnlyMemory<byte> input, bool isLast, out HeaderField field)
    {
        field = default;
        if (input.IsEmpty)
        {
            return isLast ? End(false) : HeaderScanResult.NeedsInput;
        }

        if (input.Span[0] == (byte)'\n')
        {
            input = input[1..];
            return End(true);
        }

        var end = HeaderEnd(input.Span);
        if (end < 0 && !isLast)
        {
            return KeepBeginning(ref input);
        }

        var octets = end < 0 ? input : input[..end];
        if (!HeaderField.TryParse(octets.Length > headerSizeLimit ? Truncate(octets) : octets, out field))
        {
            return End(false);
        }

        input = input[octets.Length..];
        return HeaderScanResult.Header;
    }

    /// <summary>The chunk ends within a header, or within a line that may become one.</summary>
    private HeaderScanResult KeepBeginning(ref ReadOnlyMemory<byte> input)
    {
        var start = HeaderField.Recognize(input.Span);
        if (start == HeaderStart.No || (start == HeaderStart.Undecided && input.Length > headerSizeLimit))
        {
            return End(false);
        }

        _isHeader = start == HeaderStart.Yes;
        Keep(input.Span);
        input = default;
        return HeaderScanResult.NeedsInput;
    }

    private HeaderScanResult ReadPending(ref ReadOnlyMemory<byte> input, bool isLast, out HeaderField field)
    {
        field = default;
        while (true)
        {
            // A whole line waits to see whether the next one continues it.
            if (input.IsEmpty && !isLast)
            {
                return HeaderScanResult.NeedsInput;
            }

            if (input.IsEmpty || (_isAtLineEnd && !IsContinuation(input.Span[0])))
            {
                return Complete(ref input, out field);
            }

            var lineEnd = input.Span.IndexOf((byte)'\n');
            var part = lineEnd < 0 ? input.Length : lineEnd + 1;
            if (!_isHeader && !Decide(input.Span[..part]))
            {
                GiveBack(ref input);
                return End(false);
            }

            Keep(input.Span[..part]);
            input = input[part..];
        }
    }

    /// <summary>Whether the pending octets with these after them may still be a header; looks at each octet once.</summary>
    private bool Decide(ReadOnlySpan<byte> more)
    {
        var nameEnded = _pending.WrittenSpan[^1] is (byte)' ' or (byte)'\t';
        foreach (var octet in more)
        {
            if (octet == (byte)':')
            {
                _isHeader = true;
                return true;
            }

            var isSpace = octet is (byte)' ' or (byte)'\t';
            if (!isSpace && (nameEnded || octet is not (> 32 and < 127)))
            {
                return false;
            }

            nameEnded |= isSpace;
        }

        return _pending.WrittenCount + more.Length <= headerSizeLimit;
    }

    private HeaderScanResult Complete(ref ReadOnlyMemory<byte> input, out HeaderField field)
    {
        _skipping = false;
        if (HeaderField.TryParse(_pending.WrittenMemory, out field))
        {
            _handedOut = true;
            return HeaderScanResult.Header;
        }

        GiveBack(ref input);
        return End(false);
    }

    /// <summary>What was kept turns out to be body: it goes back in front of the input.</summary>
    private void GiveBack(ref ReadOnlyMemory<byte> input)
    {
        var body = new byte[_pending.WrittenCount + input.Length];
        _pending.WrittenSpan.CopyTo(body);
        input.CopyTo(body.AsMemory(_pending.WrittenCount));
        _pending.ResetWrittenCount();
        input = body;
    }

    private HeaderScanResult End(bool emptyLine)
    {
        EndedWithoutEmptyLine = !emptyLine;
        return HeaderScanResult.End;
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        _isAtLineEnd = octets[^1] == (byte)'\n';
        if (!_skipping)
        {
            var room = Math.Max(headerSizeLimit - _pending.WrittenCount, 0);
            _pending.Write(octets[..Math.Min(octets.Length, room)]);
            _skipping = octets.Length > room;
        }

        if (_skipping && _isAtLineEnd && _pending.WrittenSpan[^1] != (byte)'\n')
        {
            _pending.Write("\n"u8);
        }
    }

    private ReadOnlyMemory<byte> Truncate(ReadOnlyMemory<byte> octets)
    {
        _pending.Write(octets.Span[..headerSizeLimit]);
        if (_pending.WrittenSpan[^1] != (byte)'\n')
        {
            _pending.Write("\n"u8);
        }

        _handedOut = true;
        return _pending.WrittenMemory;
    }

    /// <summary>Where the header at the start ends; -1 when the chunk does not tell.</summary>
    private static int HeaderEnd(ReadOnlySpan<byte> span)
    {
        var at = 0;
        while (true)
        {
            var lineEnd = span[at..].IndexOf((byte)'\n');
            if (lineEnd < 0)
            {
                return -1;
            }

            at += lineEnd + 1;
            if (at == span.Length)
            {
                return -1;
            }

            if (!IsContinuation(span[at]))
            {
                return at;
            }
        }
    }

    private static bool IsContinuation(byte octet) => octet is (byte)' ' or (byte)'\t';
}
