using System.Buffers;
using System.Text;

namespace Estafeta.Authentication.Spf;

/// <summary>A macro-string (RFC 7208 §7): literals and <c>%{…}</c>, checked when it is read and filled in for each check.</summary>
internal sealed class SpfMacroString
{
    private const string Letters = "slodiphv";
    private const string ExplanationLetters = "slodiphvcrt";

    // No name is longer: what is reversed or cut to more labels than this is the whole.
    private const int MostLabels = 128;

    private static readonly SearchValues<char> DelimiterSet = SearchValues.Create(".-+,/_=");

    private readonly List<Part> _parts;

    private SpfMacroString(List<Part> parts) => _parts = parts;

    /// <summary>Some <c>%{p}</c> is in it: the client's validated name has to be looked up.</summary>
    public bool NeedsValidatedName => _parts.Exists(p => (p.Letter | 0x20) == 'p');

    /// <summary>A domain-spec: a macro-string that ends in a macro or a top label.</summary>
    public static bool TryParseDomain(string text, out SpfMacroString macro) =>
        TryParse(text, isExplanation: false, out macro) && macro._parts.Count > 0 && EndsInDomain(macro._parts[^1]);

    /// <param name="text">As written; in an explanation blanks are allowed.</param>
    /// <param name="isExplanation">The letters c, r and t are allowed, too.</param>
    /// <param name="macro">The string, taken apart.</param>
    public static bool TryParse(string text, bool isExplanation, out SpfMacroString macro)
    {
        var parts = new List<Part>();
        macro = new SpfMacroString(parts);
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '%')
            {
                if (text[at] is < '!' or > '~' && !(isExplanation && text[at] == ' '))
                {
                    return false;
                }

                literal.Append(text[at]);
                continue;
            }

            FlushLiteral(parts, literal);
            if (++at == text.Length || !TryReadMacro(text, ref at, isExplanation, out var part))
            {
                return false;
            }

            parts.Add(part);
        }

        FlushLiteral(parts, literal);
        return true;
    }

    public string Expand(SpfMacroValues values)
    {
        var result = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Letter == '\0')
            {
                result.Append(part.Text);
                continue;
            }

            var value = part.Transform(values.Find(char.ToLowerInvariant(part.Letter)));
            result.Append(char.IsAsciiLetterUpper(part.Letter) ? Uri.EscapeDataString(value) : value);
        }

        return result.ToString();
    }

    /// <summary>Expanded, and cut from the left to what fits into a name (§7.3).</summary>
    public string ExpandDomain(SpfMacroValues values)
    {
        const int LongestName = 253;
        var name = Expand(values).TrimEnd('.');
        while (name.Length > LongestName && name.IndexOf('.') is >= 0 and var dot)
        {
            name = name[(dot + 1)..];
        }

        return name;
    }

    private static void FlushLiteral(List<Part> parts, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            parts.Add(new Part('\0', literal.ToString()));
            literal.Clear();
        }
    }

    // Behind the percent sign; leaves "at" on the last character.
    private static bool TryReadMacro(string text, ref int at, bool isExplanation, out Part part)
    {
        part = new Part('\0', text[at] switch { '%' => "%", '_' => " ", '-' => "%20", _ => "" }) { IsMacro = true };
        if (part.Text.Length > 0)
        {
            return true;
        }

        var close = text[at] == '{' ? text.IndexOf('}', at) : -1;
        if (close < at + 2 || !(isExplanation ? ExplanationLetters : Letters).Contains(char.ToLowerInvariant(text[at + 1]), StringComparison.Ordinal))
        {
            return false;
        }

        var letter = text[at + 1];
        var i = at + 2;
        var labels = 0;
        var hasDigits = char.IsAsciiDigit(text[i]);
        for (; char.IsAsciiDigit(text[i]); i++)
        {
            labels = Math.Min((labels * 10) + text[i] - '0', MostLabels);
        }

        var isReversed = text[i] is 'r' or 'R';
        i += isReversed ? 1 : 0;
        var delimiters = text[i..close];
        at = close;
        part = new Part(letter, "") { IsMacro = true, Labels = hasDigits ? labels : MostLabels, IsReversed = isReversed, Delimiters = delimiters };
        return !(hasDigits && labels == 0) && delimiters.AsSpan().IndexOfAnyExcept(DelimiterSet) < 0;
    }

    // domain-end = "." toplabel ["."], or a macro.
    private static bool EndsInDomain(Part last)
    {
        if (last.IsMacro)
        {
            return true;
        }

        var text = last.Text.EndsWith('.') ? last.Text[..^1] : last.Text;
        var dot = text.LastIndexOf('.');
        var label = text.AsSpan(dot + 1);
        return dot >= 0 && label.Length > 0 && label[0] != '-' && label[^1] != '-'
            && label.IndexOfAnyExceptInRange('0', '9') >= 0 && IsHostLabel(label);
    }

    private static bool IsHostLabel(ReadOnlySpan<char> label)
    {
        foreach (var c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Part(char Letter, string Text)
    {
        public bool IsMacro { get; init; }

        public int Labels { get; init; }

        public bool IsReversed { get; init; }

        public string Delimiters { get; init; } = "";

        public string Transform(string value)
        {
            if (Labels == MostLabels && !IsReversed && Delimiters.Length == 0)
            {
                return value;
            }

            var labels = value.Split(Delimiters.Length == 0 ? ['.'] : Delimiters.ToCharArray());
            if (IsReversed)
            {
                Array.Reverse(labels);
            }

            return string.Join('.', labels[Math.Max(labels.Length - Labels, 0)..]);
        }
    }
}
