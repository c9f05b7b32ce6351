using System.Globalization;
using System.Text;

namespace Estafeta.Services.Delivery;

/// <summary>
/// A delay as log lines show it: two significant digits, no more decimals than delay_logging_resolution_limit, no trailing zeros:
/// <c>0.08</c>, <c>1.2</c>, <c>12</c>, <c>0</c>.
/// </summary>
public static class DelayText
{
    private const long MicrosPerSecond = 1_000_000;

    public static string Of(TimeSpan delay, int resolutionLimit)
    {
        var text = new StringBuilder();
        Append(text, delay, resolutionLimit);
        return text.ToString();
    }

    public static void Append(StringBuilder text, TimeSpan delay, int resolutionLimit)
    {
        var micros = Math.Max(0, delay.Ticks / TimeSpan.TicksPerMicrosecond);
        var unit = Unit(micros, resolutionLimit);
        micros = (micros + unit / 2) / unit * unit;
        text.Append(micros / MicrosPerSecond);
        var fraction = micros % MicrosPerSecond;
        if (fraction == 0)
        {
            return;
        }

        Span<char> digits = stackalloc char[6];
        fraction.TryFormat(digits, out _, "D6", CultureInfo.InvariantCulture);
        text.Append('.').Append(digits.TrimEnd('0'));
    }

    // The value of the last digit shown.
    private static long Unit(long micros, int resolutionLimit)
    {
        var finest = MicrosPerSecond;
        for (var i = 0; i < resolutionLimit && finest > 1; i++)
        {
            finest /= 10;
        }

        var second = 1L;
        while (micros / second >= 100)
        {
            second *= 10;
        }

        return Math.Min(Math.Max(finest, second), MicrosPerSecond);
    }
}
