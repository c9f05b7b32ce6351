namespace Estafeta.Mail.Mime;

internal enum MimeTokenKind : byte
{
    End,
    Token,
    QuotedString,
    Special,
}

/// <summary>
/// Reads the tokens of a structured MIME header (RFC 2045 §5.1): comments and white space, folds included, are passed over. What has
/// no closing mark ends with the value.
/// </summary>
internal ref struct MimeTokenReader(ReadOnlySpan<byte> value)
{
    private ReadOnlySpan<byte> _rest = value;

    /// <summary>The token last read; of a quoted string, what is between the quotes, backslashes included.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    public MimeTokenKind Read()
    {
        SkipCommentsAndSpace();
        if (_rest.IsEmpty)
        {
            Text = default;
            return MimeTokenKind.End;
        }

        if (_rest[0] == (byte)'"')
        {
            var length = 1;
            while (length < _rest.Length && _rest[length] != (byte)'"')
            {
                length += _rest[length] == (byte)'\\' && length + 1 < _rest.Length ? 2 : 1;
            }

            Text = _rest[1..Math.Min(length, _rest.Length)];
            _rest = _rest[Math.Min(length + 1, _rest.Length)..];
            return MimeTokenKind.QuotedString;
        }

        if (IsSpecial(_rest[0]))
        {
            Text = _rest[..1];
            _rest = _rest[1..];
            return MimeTokenKind.Special;
        }

        var end = 1;
        while (end < _rest.Length && !IsSpace(_rest[end]) && !IsSpecial(_rest[end]) && _rest[end] != (byte)'"')
        {
            end++;
        }

        Text = _rest[..end];
        _rest = _rest[end..];
        return MimeTokenKind.Token;
    }

    private void SkipCommentsAndSpace()
    {
        var depth = 0;
        var at = 0;
        for (; at < _rest.Length; at++)
        {
            var c = _rest[at];
            if (c == (byte)'(')
            {
                depth++;
            }
            else if (c == (byte)')' && depth > 0)
            {
                depth--;
            }
            else if (c == (byte)'\\' && depth > 0)
            {
                at++;
            }
            else if (depth == 0 && !IsSpace(c))
            {
                break;
            }
        }

        _rest = _rest[Math.Min(at, _rest.Length)..];
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';

    // tspecials of RFC 2045, but for the quotation mark.
    private static bool IsSpecial(byte c) => "()<>@,;:\\/[]?="u8.Contains(c);
}
