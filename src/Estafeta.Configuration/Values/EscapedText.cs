using System.Text;

namespace Estafeta.Configuration.Values;

/// <summary>Parameter values with C escapes, as smtpd_expansion_filter has them: <c>\t</c>, <c>\40</c> (octal), <c>\\</c>.</summary>
public static class EscapedText
{
    private const string Letters = "abfnrtv";
    private const string Controls = "\a\b\f\n\r\t\v";

    public static string Decode(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            var c = text[++i];
            if (c is >= '0' and <= '7')
            {
                var code = 0;
                var end = Math.Min(i + 3, text.Length);
                for (; i < end && text[i] is >= '0' and <= '7'; i++)
                {
                    code = (code * 8) + (text[i] - '0');
                }

                result.Append((char)(code & 255));
                i--;
            }
            else
            {
                var letter = Letters.IndexOf(c, StringComparison.Ordinal);
                result.Append(letter < 0 ? c : Controls[letter]);
            }
        }

        return result.ToString();
    }
}
