namespace Estafeta.Mail.Headers;

public enum HeaderStart
{
    No,
    Undecided,
    Yes,
}

/// <summary>One logical header as it stands in the message: name, colon, value, folded lines and final line end, byte for byte.</summary>
public readonly struct HeaderField
{
    private readonly int _nameLength;
    private readonly int _valueStart;

    private HeaderField(ReadOnlyMemory<byte> octets, int nameLength, int valueStart, HeaderKind kind)
    {
        Octets = octets;
        _nameLength = nameLength;
        _valueStart = valueStart;
        Kind = kind;
    }

    /// <summary>All of it, the final LF included when the message has one. Valid until the scanner reads on.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    public HeaderKind Kind { get; }

    public HeaderTraits Traits => KnownHeaders.Traits(Kind);

    /// <summary>Without the white space that may precede the colon.</summary>
    public ReadOnlySpan<byte> Name => Octets.Span[.._nameLength];

    /// <summary>What follows the colon and leading white space, without the final LF; folds still inside.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            var span = Octets.Span;
            var end = span.Length > 0 && span[^1] == (byte)'\n' ? span.Length - 1 : span.Length;
            return span[Math.Min(_valueStart, end)..end];
        }
    }

    /// <summary>Everything without the final LF: what header_checks match.</summary>
    public ReadOnlySpan<byte> Text => Octets.Span[^1] == (byte)'\n' ? Octets.Span[..^1] : Octets.Span;

    /// <summary>False when the line is not <c>name [space] ":"</c>, the name being printable ASCII without space or colon.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> octets, out HeaderField field)
    {
        field = default;
        var span = octets.Span;
        var nameLength = NameLength(span, out var colon);
        if (nameLength == 0)
        {
            return false;
        }

        var value = colon + 1;
        while (value < span.Length && span[value] is (byte)' ' or (byte)'\t' or (byte)'\n')
        {
            value++;
        }

        field = new HeaderField(octets, nameLength, value, KnownHeaders.Find(span[..nameLength]));
        return true;
    }

    /// <summary>Whether a line whose end is not yet here starts a header.</summary>
    public static HeaderStart Recognize(ReadOnlySpan<byte> beginning) =>
        NameLength(beginning, out var colon) > 0 ? HeaderStart.Yes
        : colon == beginning.Length && (colon == 0 || beginning[0] is > 32 and < 127) ? HeaderStart.Undecided
        : HeaderStart.No;

    /// <summary>Length of the header name the line starts with; 0 when it does not start a header (RFC 5322 §2.2; space before the colon is §4.5.8).</summary>
    public static int NameLength(ReadOnlySpan<byte> line, out int colon)
    {
        colon = 0;
        while (colon < line.Length && line[colon] is > 32 and < 127 and not (byte)':')
        {
            colon++;
        }

        var length = colon;
        while (colon < line.Length && line[colon] is (byte)' ' or (byte)'\t')
        {
            colon++;
        }

        return colon < line.Length && line[colon] == (byte)':' ? length : 0;
    }
}
