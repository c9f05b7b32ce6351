using System.Text;

namespace Estafeta.Mail.Smtp;

/// <summary>
/// xtext and utf-8-addr-xtext (RFC 3461 §4, RFC 6533 §3): <c>+XX</c> and <c>\x{XXXX}</c> stand for characters an SMTP parameter
/// cannot hold.
/// </summary>
public static class Xtext
{
    /// <summary>Decodes <c>+XX</c>. False for anything malformed; controls and DEL are refused by the caller's rule.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out string decoded)
    {
        decoded = "";
        if (!text.Contains('+'))
        {
            decoded = text.ToString();
            return true;
        }

        var octets = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '+')
            {
                var run = text[i..];
                var plus = run.IndexOf('+');
                run = plus < 0 ? run : run[..plus];
                length += Encoding.UTF8.GetBytes(run, octets.AsSpan(length));
                i += run.Length - 1;
            }
            else if (i + 2 < text.Length && IsUpperHex(text[i + 1]) && IsUpperHex(text[i + 2]))
            {
                octets[length++] = (byte)((Convert.ToInt32(text[i + 1].ToString(), 16) << 4) | Convert.ToInt32(text[i + 2].ToString(), 16));
                i += 2;
            }
            else
            {
                return false;
            }
        }

        if (!System.Text.Unicode.Utf8.IsValid(octets.AsSpan(0, length)))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(octets, 0, length);
        return true;
    }

    /// <summary>Encodes what is not printable ASCII, and <c>+</c> and <c>=</c> and what <paramref name="special"/> adds.</summary>
    public static string Encode(string text, string special = "")
    {
        var encoded = new StringBuilder(text.Length + 8);
        Span<byte> octets = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > ' ' and < 0x7f and not ('+' or '=') && !special.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            var count = rune.EncodeToUtf8(octets);
            for (var i = 0; i < count; i++)
            {
                encoded.Append('+').Append(octets[i].ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Whether a decoded parameter holds a control character, which would break queue records, headers and logs.</summary>
    public static bool HasControls(ReadOnlySpan<char> decoded) => decoded.IndexOfAnyInRange('\0', '\u001f') >= 0 || decoded.Contains('\u007f');

    private static bool IsUpperHex(char c) => char.IsAsciiDigit(c) || c is >= 'A' and <= 'F' or >= 'a' and <= 'f';
}
