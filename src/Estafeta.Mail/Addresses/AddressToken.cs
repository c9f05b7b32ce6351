namespace Estafeta.Mail.Addresses;

public enum AddressTokenKind : byte
{
    /// <summary>A run of anything but specials and white space.</summary>
    Atom,

    /// <summary>The text without its quotes and backslashes.</summary>
    QuotedString,

    /// <summary>The text with its brackets; a missing closing bracket is supplied.</summary>
    DomainLiteral,

    /// <summary>The text with its parentheses, as written; nested comments are part of it. May lack the closing parenthesis.</summary>
    Comment,

    /// <summary>One of <c>&lt; &gt; @ , ; : . ) ] ! %</c>.</summary>
    Special,
}

/// <summary>A lexical token of an address or address list (RFC 5322 §3.2).</summary>
/// <param name="Text">A slice of the scanned text where possible; valid as long as that text.</param>
public readonly record struct AddressToken(AddressTokenKind Kind, ReadOnlyMemory<char> Text)
{
    public bool Is(char special) => Kind == AddressTokenKind.Special && Text.Span[0] == special;

    /// <summary>Atoms, quoted strings, literals and comments: what needs a space between itself and its like.</summary>
    public bool IsWord => Kind != AddressTokenKind.Special;
}
