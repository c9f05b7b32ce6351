using System.Text;

namespace Estafeta.Mail.Mime;

public enum MimeMajorType : byte
{
    Other,
    Text,
    Multipart,
    Message,
}

/// <summary>What of a Content-Type header decides how the part is read (RFC 2045 §5, RFC 2046 §5).</summary>
/// <param name="Major">The type.</param>
/// <param name="IsDigest">multipart/digest: parts without a type of their own are messages.</param>
/// <param name="IsNestedMessage">message/rfc822 or message/global: the body is a message with headers.</param>
/// <param name="Boundary">The boundary parameter; null when there is none, or an empty one.</param>
public readonly record struct MimeContentType(MimeMajorType Major, bool IsDigest, bool IsNestedMessage, byte[]? Boundary)
{
    public static MimeContentType Parse(ReadOnlySpan<byte> value)
    {
        var reader = new MimeTokenReader(value);
        if (reader.Read() != MimeTokenKind.Token)
        {
            return default;
        }

        var major = Is(reader.Text, "multipart"u8) ? MimeMajorType.Multipart
            : Is(reader.Text, "message"u8) ? MimeMajorType.Message
            : Is(reader.Text, "text"u8) ? MimeMajorType.Text
            : MimeMajorType.Other;
        var isDigest = false;
        var isNested = false;
        var kind = reader.Read();
        if (kind == MimeTokenKind.Special && reader.Text[0] == (byte)'/' && (kind = reader.Read()) == MimeTokenKind.Token)
        {
            isDigest = major == MimeMajorType.Multipart && Is(reader.Text, "digest"u8);
            isNested = major == MimeMajorType.Message && (Is(reader.Text, "rfc822"u8) || Is(reader.Text, "global"u8));
            kind = reader.Read();
        }

        return new MimeContentType(major, isDigest, isNested, major == MimeMajorType.Multipart ? ReadBoundary(ref reader, kind) : null);
    }

    private static byte[]? ReadBoundary(ref MimeTokenReader reader, MimeTokenKind kind)
    {
        for (; kind != MimeTokenKind.End; kind = reader.Read())
        {
            if (kind == MimeTokenKind.Special && reader.Text[0] == (byte)';'
                && reader.Read() == MimeTokenKind.Token && Is(reader.Text, "boundary"u8)
                && reader.Read() == MimeTokenKind.Special && reader.Text[0] == (byte)'=')
            {
                // A special character counts as well, alone: boundary==_x cuts at "--=", as in Postfix.
                return reader.Read() != MimeTokenKind.End && !reader.Text.IsEmpty ? Unescape(reader.Text) : null;
            }
        }

        return null;
    }

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        var result = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            i += text[i] == (byte)'\\' && i + 1 < text.Length ? 1 : 0;
            result[length++] = text[i];
        }

        return result[..length];
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);
}
