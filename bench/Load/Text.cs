using System.Globalization;

namespace Estafeta.Bench.Load;

/// <summary>Numbers as programs read them.</summary>
internal static class Text
{
    public static string Of(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Of(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
