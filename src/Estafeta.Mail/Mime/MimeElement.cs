using Estafeta.Mail.Headers;

namespace Estafeta.Mail.Mime;

public enum MimeElementKind : byte
{
    /// <summary>All input is used; give more, or say that there is no more.</summary>
    NeedsInput,
    Header,

    /// <summary>A header section has ended; <see cref="MimeElement.Octets"/> is its empty line, or nothing where that is missing.</summary>
    EndOfHeaders,

    /// <summary>Anything else, boundary lines included. Pieces end anywhere, and together are what is not headers, octet for octet.</summary>
    Body,

    /// <summary>The message is over.</summary>
    End,
}

/// <summary>Which header section a header is in.</summary>
public enum MimeSection : byte
{
    /// <summary>The message's own.</summary>
    Primary,

    /// <summary>Of a part of a multipart.</summary>
    Part,

    /// <summary>Of a message within the message.</summary>
    Nested,
}

/// <summary>A piece of a message, in order. Its memory is valid until the scanner reads on.</summary>
public readonly record struct MimeElement(MimeElementKind Kind, MimeSection Section, ReadOnlyMemory<byte> Octets)
{
    /// <summary>For <see cref="MimeElementKind.Header"/>.</summary>
    public HeaderField Field { get; init; }

    /// <summary>For <see cref="MimeElementKind.Body"/>: the first piece after headers.</summary>
    public bool StartsSegment { get; init; }

    /// <summary>For <see cref="MimeElementKind.Body"/>: it is of a line between parts.</summary>
    public bool IsBoundary { get; init; }

    /// <summary>For <see cref="MimeElementKind.Body"/> and <see cref="MimeElementKind.EndOfHeaders"/>: what the part's header says.</summary>
    public MimeEncoding Encoding { get; init; }

    /// <summary>For <see cref="MimeElementKind.EndOfHeaders"/>: what follows is multipart, or a message.</summary>
    public bool IsComposite { get; init; }
}

/// <summary>What is wrong with a message's structure; the texts are those of log and reply.</summary>
[Flags]
public enum MimeProblems : byte
{
    None = 0,
    NestingTooDeep = 1,

    /// <summary>A multipart or message type with an encoding that hides its structure (RFC 2045 §6.4).</summary>
    EncodedStructure = 2,
}
