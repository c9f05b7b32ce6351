using System.Globalization;

namespace Estafeta.Configuration.Values;

/// <summary>Decimal numbers as C's strtol reads them: blanks and a sign in front are fine, anything behind is not. A limit of zero is no limit.</summary>
public static class NumberValue
{
    /// <summary>The number, or null when the text is none or is out of the type's range.</summary>
    public static long? Parse(string text, long smallest, long largest) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var value)
            && value >= smallest && value <= largest
            ? value
            : null;

    public static string Problem(string name, string text) => $"bad numerical configuration: {name} = {text}";

    public static string? RangeProblem(string name, long value, long minimum, long maximum) =>
        minimum != 0 && value < minimum ? $"invalid {name} parameter value {value} < {minimum}"
        : maximum != 0 && value > maximum ? $"invalid {name} parameter value {value} > {maximum}"
        : null;
}
