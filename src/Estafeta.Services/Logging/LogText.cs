using System.Text;

namespace Estafeta.Services.Logging;

/// <summary>
/// Turns a log text into the octets of a log line. Text may come from a peer: control characters, and all but ASCII unless
/// smtputf8_enable says otherwise, become <c>?</c>, so that nobody forges lines or steers the terminal of who reads them.
/// </summary>
public static class LogText
{
    /// <summary>Writes as much as fits, whole characters only; returns the octets written.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination, bool allowUtf8)
    {
        var at = 0;
        var i = 0;
        while (i < text.Length && at < destination.Length)
        {
            var c = text[i];
            if (c < 0x80)
            {
                destination[at++] = c is < ' ' or '\x7f' ? (byte)'?' : (byte)c;
                i++;
                continue;
            }

            if (Rune.DecodeFromUtf16(text[i..], out var rune, out var used) != System.Buffers.OperationStatus.Done || !allowUtf8 || Rune.IsControl(rune))
            {
                rune = new Rune('?');
            }

            if (!rune.TryEncodeToUtf8(destination[at..], out var octets))
            {
                break;
            }

            at += octets;
            i += used;
        }

        return at;
    }

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
