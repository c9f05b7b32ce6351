using System.Buffers;

namespace Estafeta.Mail.Mime;

/// <summary>Quoted-printable (RFC 2045 §6.7) for text with LF line ends, fed in pieces; lines get a soft break beyond 72 columns, as Postfix breaks them.</summary>
internal sealed class QuotedPrintableEncoder
{
    private const int SoftLimit = 72;

    private int _column;

    public void Reset() => _column = 0;

    public void Encode(ReadOnlySpan<byte> text, IBufferWriter<byte> output) => Encode(text, null, output);

    /// <param name="text">Goes to the output.</param>
    /// <param name="next">What will follow; null for the end, or a place that is treated as one.</param>
    /// <param name="output">Gets the encoded text.</param>
    public void Encode(ReadOnlySpan<byte> text, byte? next, IBufferWriter<byte> output)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var octet = text[i];
            if (octet == (byte)'\n')
            {
                output.Write("\n"u8);
                _column = 0;
                continue;
            }

            if (_column > SoftLimit)
            {
                output.Write("=\n"u8);
                _column = 0;
            }

            // White space at the end of a line would be lost on the way.
            var following = i + 1 < text.Length ? text[i + 1] : next;
            var isLast = following is null or (byte)'\n';
            var isPlain = octet is > (byte)' ' and < 127 and not (byte)'=' || (octet is (byte)' ' or (byte)'\t' && !isLast);
            if (isPlain)
            {
                output.GetSpan(1)[0] = octet;
                output.Advance(1);
                _column++;
            }
            else
            {
                var span = output.GetSpan(3);
                span[0] = (byte)'=';
                span[1] = Hex(octet >> 4);
                span[2] = Hex(octet & 15);
                output.Advance(3);
                _column += 3;
            }
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
