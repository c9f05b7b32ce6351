using System.Text;

namespace Estafeta.Services.Logging;

/// <summary>
/// Turns a log text into the octets of a log line. Text may come from a peer: control characters, and all but ASCII unless
/// smtputf8_enable says otherwise, become <c>?</c>, one for each octet as in Postfix, so that nobody forges lines or steers the terminal of who
/// reads them.
/// </summary>
public static class LogText
{
    private const int EscapedOctets = 100;

    /// <summary>Writes as much as fits, whole characters only; returns the octets written.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination, bool allowUtf8)
    {
        var at = 0;
        var i = 0;
        while (i < text.Length && at < destination.Length)
        {
            var plain = text[i..].IndexOfAnyExceptInRange(' ', '~');
            if (plain != 0)
            {
                plain = Math.Min(plain < 0 ? text.Length - i : plain, destination.Length - at);
                Ascii.FromUtf16(text.Slice(i, plain), destination[at..], out _);
                at += plain;
                i += plain;
                continue;
            }

            if (text[i] < 0x80)
            {
                destination[at++] = (byte)'?';
                i++;
                continue;
            }

            // What is no UTF-8 came as one octet.
            var isCharacter = Rune.DecodeFromUtf16(text[i..], out var rune, out var used) == System.Buffers.OperationStatus.Done;
            var octets = isCharacter ? rune.Utf8SequenceLength : 1;
            if (octets > destination.Length - at)
            {
                break;
            }

            if (isCharacter && allowUtf8 && !Rune.IsControl(rune) && !TurnsText(rune))
            {
                rune.EncodeToUtf8(destination[at..]);
            }
            else
            {
                destination.Slice(at, octets).Fill((byte)'?');
            }

            at += octets;
            i += used;
        }

        return at;
    }

    /// <summary>What a client sent, as C writes a string (<c>\r\n</c>, <c>\ooo</c>), and not more of it than a log line should hold.</summary>
    public static string Escape(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(EscapedOctets + 16);
        foreach (var octet in octets[..Math.Min(octets.Length, EscapedOctets)])
        {
            _ = octet switch
            {
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                (byte)'\a' => text.Append("\\a"),
                (byte)'\b' => text.Append("\\b"),
                (byte)'\f' => text.Append("\\f"),
                (byte)'\v' => text.Append("\\v"),
                (byte)'\\' => text.Append("\\\\"),
                < (byte)' ' or > (byte)'~' => text.Append('\\').Append(Convert.ToString(octet, 8).PadLeft(3, '0')),
                _ => text.Append((char)octet),
            };
        }

        return text.ToString();
    }

    // Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9): they make a line look like another.
    private static bool TurnsText(Rune rune) => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    /// <summary>What stands before the text: nothing for information.</summary>
    public static string Prefix(LogSeverity severity) => severity switch
    {
        LogSeverity.Warning => "warning: ",
        LogSeverity.Error => "error: ",
        LogSeverity.Fatal => "fatal: ",
        LogSeverity.Panic => "panic: ",
        _ => "",
    };
}
