using System.Globalization;

namespace Estafeta.Mail.Dsn;

/// <summary>An enhanced status code, class.subject.detail (RFC 3463).</summary>
public readonly record struct EnhancedStatus(byte Class, ushort Subject, ushort Detail)
{
    public bool IsPermanent => Class == 5;

    public bool IsTemporary => Class == 4;

    public bool IsSuccess => Class == 2;

    /// <summary>The same subject and detail in another class; what soft_bounce and defer_if_… do.</summary>
    public EnhancedStatus WithClass(byte newClass) => this with { Class = newClass };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    /// <summary>Reads a code at the start of the text: <c>5.1.1 User unknown</c>. The code must end at a space or the end.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatus status, out int length)
    {
        status = default;
        length = 0;
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
        {
            return false;
        }

        var at = 2;
        if (!TryReadNumber(text, ref at, out var subject) || at >= text.Length || text[at++] != '.'
            || !TryReadNumber(text, ref at, out var detail) || (at < text.Length && text[at] is not (' ' or '\t')))
        {
            return false;
        }

        status = new EnhancedStatus((byte)(text[0] - '0'), subject, detail);
        length = at;
        return true;
    }

    public static EnhancedStatus Parse(string text) =>
        TryParse(text, out var status, out var length) && length == text.Length ? status : throw new FormatException(text);

    private static bool TryReadNumber(ReadOnlySpan<char> text, ref int at, out ushort number)
    {
        var start = at;
        number = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]) && at - start < 3)
        {
            number = (ushort)(number * 10 + text[at++] - '0');
        }

        return at > start;
    }
}
