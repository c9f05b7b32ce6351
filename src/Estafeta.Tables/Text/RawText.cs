using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Estafeta.Tables.Text;

/// <summary>
/// Bytes as text without loss: UTF-8 where it is UTF-8, and each byte that is not becomes the lone surrogate U+DC00 + byte
/// (Python's <c>surrogateescape</c>). Table files and header lines may hold anything; what went in comes out again.
/// </summary>
public static class RawText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>It could end a line or a text somewhere later: a control character that is not a tab.</summary>
    public static bool HasControl(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if ((c < ' ' && c != '\t') || c == '\x7f')
            {
                return true;
            }
        }

        return false;
    }

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var result = new StringBuilder(bytes.Length);
        Span<char> pair = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                result.Append(pair[..rune.EncodeToUtf16(pair)]);
                bytes = bytes[consumed..];
            }
            else
            {
                result.Append((char)(EscapeBase + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return result.ToString();
    }

    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[MaximumLength(text)];
        return bytes.AsSpan(0, Encode(text, bytes)).ToArray();
    }

    /// <summary>Writes the bytes and returns how many; <paramref name="destination"/> holds at least <see cref="MaximumLength"/>.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var status = Utf8.FromUtf16(text, destination[written..], out var read, out var wrote, replaceInvalidSequences: false);
            written += wrote;
            if (status == OperationStatus.Done)
            {
                return written;
            }

            if (status == OperationStatus.DestinationTooSmall)
            {
                throw new ArgumentException("destination is shorter than MaximumLength", nameof(destination));
            }

            var escaped = text[read] - EscapeBase;
            destination[written++] = escaped is >= 0x80 and <= 0xFF ? (byte)escaped : (byte)'?';
            text = text[(read + 1)..];
        }
    }

    public static int MaximumLength(ReadOnlySpan<char> text) => text.Length * 3;

    /// <summary>False when the text stands for bytes that are not UTF-8.</summary>
    public static bool IsUtf8(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            return true;
        }

        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != OperationStatus.Done)
            {
                return false;
            }

            text = text[consumed..];
        }

        return true;
    }
}
