namespace Estafeta.Tables.Tcp;

/// <summary>The %XX encoding of tcp_table(5): <c>%</c>, white space and what is not printable ASCII.</summary>
internal static class PercentText
{
    public static byte[] Encode(ReadOnlySpan<byte> text)
    {
        var result = new List<byte>(text.Length + 8);
        foreach (var octet in text)
        {
            if (octet is > (byte)' ' and < 0x7f and not (byte)'%')
            {
                result.Add(octet);
            }
            else
            {
                result.Add((byte)'%');
                result.Add(Digit(octet >> 4));
                result.Add(Digit(octet & 15));
            }
        }

        return [.. result];
    }

    /// <summary>False when a % is not followed by two hexadecimal digits.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] decoded)
    {
        decoded = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                decoded[length++] = text[i];
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2]))
            {
                return false;
            }

            decoded[length++] = Convert.FromHexString([(char)text[i + 1], (char)text[i + 2]])[0];
            i += 2;
        }

        Array.Resize(ref decoded, length);
        return true;
    }

    private static byte Digit(int value) => (byte)"0123456789ABCDEF"[value];
}
