using System.Globalization;

namespace Estafeta.Mail.Envelopes;

/// <summary>
/// A queue ID in one of Postfix's two spellings. Short: five hex digits of microseconds and a number. Long: base-52 seconds
/// and microseconds, <c>z</c>, and the number in base 51 (enable_long_queue_ids). Two IDs are equal when their texts are.
/// </summary>
public readonly record struct QueueId(long Seconds, int Microseconds, uint Number)
{
    private const string Alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

    /// <summary>A short ID does not keep the seconds.</summary>
    public bool IsLong => Seconds >= 0;

    public static QueueId Create(DateTimeOffset time, uint number, bool longForm)
    {
        var micros = (int)(time.Ticks / 10 % 1_000_000);
        return new QueueId(longForm ? time.ToUnixTimeSeconds() : -1, micros, number);
    }

    public override string ToString() => IsLong
        ? Encode(Seconds, 52, 6) + Encode(Microseconds, 52, 4) + "z" + Encode(Number, 51, 1)
        : string.Create(CultureInfo.InvariantCulture, $"{Microseconds:X5}{Number:X}");

    public static bool TryParse(ReadOnlySpan<char> text, out QueueId id)
    {
        id = default;
        if (text.Length is < 6 or > 32)
        {
            return false;
        }

        var z = text.LastIndexOf('z');
        if (z >= 10)
        {
            if (!TryDecode(text[(z + 1)..], 51, out var number) || number > uint.MaxValue
                || !TryDecode(text[(z - 4)..z], 52, out var micros) || micros > 999_999
                || !TryDecode(text[..(z - 4)], 52, out var seconds) || seconds < 0)
            {
                return false;
            }

            id = new QueueId(seconds, (int)micros, (uint)number);
        }
        else
        {
            if (!int.TryParse(text[..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var micros) || micros > 999_999
                || !uint.TryParse(text[5..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            id = new QueueId(-1, micros, number);
        }

        return text.SequenceEqual(id.ToString());
    }

    private static string Encode(long value, int radix, int width)
    {
        Span<char> digits = stackalloc char[16];
        var at = digits.Length;
        do
        {
            digits[--at] = Alphabet[(int)(value % radix)];
            value /= radix;
        }
        while (value > 0 || digits.Length - at < width);
        return new string(digits[at..]);
    }

    private static bool TryDecode(ReadOnlySpan<char> text, int radix, out long value)
    {
        value = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0 || digit >= radix || value > long.MaxValue / 64)
            {
                return false;
            }

            value = value * radix + digit;
        }

        return text.Length > 0;
    }
}
