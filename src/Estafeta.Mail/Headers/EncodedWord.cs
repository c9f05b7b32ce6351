using System.Globalization;
using System.Text;

namespace Estafeta.Mail.Headers;

/// <summary>Encoded words for a phrase (RFC 2047 §4.2 and §5 (3)): the "Q" encoding with only letters, digits and <c>!*+-/</c> bare.</summary>
public static class EncodedWord
{
    private const int MaximumLength = 75;

    /// <summary>One or more encoded words, separated by spaces; no multi-octet character is split.</summary>
    public static string Encode(string text, string charset)
    {
        var start = $"=?{charset}?Q?";
        var result = new StringBuilder(start);
        var wordStart = 0;
        var octets = new byte[8];
        foreach (var rune in text.EnumerateRunes())
        {
            var encoded = Encode(rune, octets);
            if (result.Length - wordStart + encoded.Length + 2 > MaximumLength)
            {
                result.Append("?= ");
                wordStart = result.Length;
                result.Append(start);
            }

            result.Append(encoded);
        }

        return result.Append("?=").ToString();
    }

    private static string Encode(Rune rune, byte[] octets)
    {
        if (rune.Value == ' ')
        {
            return "_";
        }

        if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "!*+-/".Contains((char)rune.Value, StringComparison.Ordinal)))
        {
            return rune.ToString();
        }

        var length = rune.EncodeToUtf8(octets);
        var result = new StringBuilder(length * 3);
        for (var i = 0; i < length; i++)
        {
            result.Append('=').Append(octets[i].ToString("X2", CultureInfo.InvariantCulture));
        }

        return result.ToString();
    }
}
