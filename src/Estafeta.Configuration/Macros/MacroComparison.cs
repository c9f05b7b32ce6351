using System.Globalization;

namespace Estafeta.Configuration.Macros;

/// <summary>
/// <c>{a} op {b}</c>: numbers when both sides are digits only, else texts by their bytes; with the suffix <c>level</c>, compatibility levels.
/// True is the text "true", false the empty text.
/// </summary>
internal static class MacroComparison
{
    public const string True = "true";

    private static readonly string[] Operators = ["==", "!=", "<", "<=", ">=", ">"];

    /// <summary>Reads an operator and its suffix at <paramref name="at"/>; <paramref name="left"/> is for the error text.</summary>
    public static (string Operator, bool ComparesLevels) Read(string text, string left, ref int at)
    {
        var start = at;
        while (at < text.Length && "=!<>+-*/~&|%".Contains(text[at], StringComparison.Ordinal))
        {
            at++;
        }

        var op = text[start..at];
        if (!Operators.Contains(op))
        {
            // The quotes are Postfix's.
            throw new MacroException(
                "\"==\" or \"!=\"\" or \"<\"\" or \"<=\"\" or \">=\"\" or \">\" expected at: "
                + $"\"...{left}}}>>>{MacroText.Shown(text, start)}\"");
        }

        var suffixStart = at;
        while (at < text.Length && char.IsAsciiLetterOrDigit(text[at]))
        {
            at++;
        }

        var suffix = text[suffixStart..at];
        if (suffix is not ("" or "level"))
        {
            throw new MacroException($"bad operator suffix at: \"...{op}>>>{suffix}\"");
        }

        return (op, suffix.Length > 0);
    }

    public static bool Holds(string left, string op, bool comparesLevels, string right)
    {
        var order = comparesLevels
            ? CompatibilityLevel.Parse(left).CompareTo(CompatibilityLevel.Parse(right))
            : IsNumber(left) && IsNumber(right)
                ? Number(left).CompareTo(Number(right))
                : string.CompareOrdinal(left, right);
        return op switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">=" => order >= 0,
            _ => order > 0,
        };
    }

    private static bool IsNumber(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new MacroException($"mac_exp_eval: bad conversion: {text}");
}
