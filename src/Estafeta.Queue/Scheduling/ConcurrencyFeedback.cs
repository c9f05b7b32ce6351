using System.Globalization;
using Estafeta.Configuration;

namespace Estafeta.Queue.Scheduling;

/// <summary>
/// How much one delivery moves a destination's concurrency: <c>number</c>, <c>number / number</c>, <c>number / concurrency</c>
/// or <c>number / sqrt_concurrency</c> (default_destination_concurrency_positive_feedback and …_negative_feedback).
/// </summary>
public readonly record struct ConcurrencyFeedback
{
    private readonly double _amount;
    private readonly Divisor _divisor;

    private ConcurrencyFeedback(double amount, Divisor divisor)
    {
        _amount = amount;
        _divisor = divisor;
    }

    private enum Divisor
    {
        None,
        Concurrency,
        SquareRoot,
    }

    public static ConcurrencyFeedback Constant(double amount) => new(amount, Divisor.None);

    /// <summary>The feedback of one delivery at this concurrency, 0 to 1.</summary>
    public double At(int concurrency) => _divisor switch
    {
        Divisor.Concurrency => _amount / Math.Max(concurrency, 1),
        Divisor.SquareRoot => _amount / Math.Sqrt(Math.Max(concurrency, 1)),
        _ => _amount,
    };

    public static ConcurrencyFeedback Parse(string parameterName, string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var numerator = slash < 0 ? text : text[..slash];
        if (!TryNumber(numerator, out var amount))
        {
            throw Bad(parameterName, text);
        }

        var divisor = Divisor.None;
        if (slash >= 0)
        {
            var denominator = text[(slash + 1)..].Trim();
            if (denominator == "concurrency")
            {
                divisor = Divisor.Concurrency;
            }
            else if (denominator == "sqrt_concurrency")
            {
                divisor = Divisor.SquareRoot;
            }
            else if (TryNumber(denominator, out var number) && number > 0)
            {
                amount /= number;
            }
            else
            {
                throw Bad(parameterName, text);
            }
        }

        return amount is >= 0 and <= 1 ? new ConcurrencyFeedback(amount, divisor) : throw Bad(parameterName, text);
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);

    private static ConfigurationException Bad(string name, string text) => new($"{name}: bad feedback value: {text}");
}
