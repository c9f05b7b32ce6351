using System.Text;

namespace Estafeta.Tables.Text;

/// <summary>
/// Case folding of table keys: ASCII only, or Unicode's full default folding (CaseFolding.txt C + F) when <c>smtputf8_enable</c> is on,
/// which is what Postfix asks ICU for. Depends on no culture and no ICU.
/// </summary>
public static partial class CaseFolding
{
    public static string Fold(string text, bool unicode)
    {
        if (Ascii.IsValid(text))
        {
            return text.AsSpan().IndexOfAnyInRange('A', 'Z') < 0 ? text : text.ToLowerInvariant();
        }

        return unicode ? FoldUnicode(text) : FoldAscii(text);
    }

    private static string FoldAscii(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
        }
    });

    private static string FoldUnicode(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                result.Append(text[i++]);
                continue;
            }

            i += rune.Utf16SequenceLength;
            if (Exceptions.TryGetValue(rune.Value, out var folded))
            {
                result.Append(folded);
            }
            else
            {
                result.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        return result.ToString();
    }
}
