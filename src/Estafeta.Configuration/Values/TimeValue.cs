using System.Globalization;

namespace Estafeta.Configuration.Values;

/// <summary>
/// A time: digits and one of <c>s m h d w</c>, lower case, nothing between. Without a unit, the unit of the default value counts.
/// Kept in whole seconds of an int, as in Postfix.
/// </summary>
public static class TimeValue
{
    /// <summary>Seconds, or null when the text is no time.</summary>
    public static int? Parse(string text, char defaultUnit)
    {
        var unit = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? text[^1] : '\0';
        var digits = unit == '\0' ? text : text[..^1];
        var number = 0;

        // A unit alone is zero, as in Postfix.
        if (!(digits.Length == 0 && unit != '\0')
            && !int.TryParse(digits, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out number))
        {
            return null;
        }

        var scale = (unit == '\0' ? defaultUnit : unit) switch
        {
            's' => 1L,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'w' => 604800,
            _ => 0,
        };
        return scale == 0 || number < 0 || scale * number > int.MaxValue ? null : (int)(scale * number);
    }

    /// <summary>The unit of a default value, seconds when it has none.</summary>
    public static char UnitOf(string defaultValue) =>
        defaultValue.Length > 0 && char.IsAsciiLetter(defaultValue[^1]) ? defaultValue[^1] : 's';

    public static string Problem(string name, string text) => $"parameter {name}: bad time value or unit: {text}";

    public static string? RangeProblem(string name, int seconds, int minimum, int maximum) =>
        minimum != 0 && seconds < minimum ? $"invalid {name}: {seconds} (min {minimum})"
        : maximum != 0 && seconds > maximum ? $"invalid {name}: {seconds} (max {maximum})"
        : null;
}
