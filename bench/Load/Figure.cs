namespace Estafeta.Bench.Load;

/// <summary>One number a row measures, and what it is to reach.</summary>
/// <param name="What">Heading with unit: <c>messages/s</c>.</param>
/// <param name="Format">Of the value: <c>F0</c>.</param>
/// <param name="Goal">Null when the number is only for information.</param>
internal sealed record Figure(string What, string Format, Goal? Goal = null);

/// <summary>What Estafeta's figure has to be.</summary>
/// <param name="Limit">The number to reach.</param>
/// <param name="IsRatio">The number is a multiple of Postfix's figure.</param>
/// <param name="IsLeast">Reached from below; otherwise not to be exceeded.</param>
internal sealed record Goal(double Limit, bool IsRatio, bool IsLeast)
{
    public static Goal TimesPostfix(double times) => new(times, IsRatio: true, IsLeast: true);

    public static Goal PartOfPostfix(double divisor) => new(1 / divisor, IsRatio: true, IsLeast: false);

    public static Goal AtMost(double limit) => new(limit, IsRatio: false, IsLeast: false);

    public static Goal AtLeast(double limit) => new(limit, IsRatio: false, IsLeast: true);

    public bool IsReachedBy(double estafeta, double postfix)
    {
        var value = IsRatio ? estafeta / postfix : estafeta;
        return IsLeast ? value >= Limit : value <= Limit;
    }

    public override string ToString() => (IsRatio, IsLeast) switch
    {
        (true, true) => $"≥ {Limit:0.#}×",
        (true, false) when Limit >= 1 => $"≤ {Limit:0.#}×",
        (true, false) => $"≤ 1/{1 / Limit:0.#}",
        (false, true) => $"≥ {Limit:0.#}",
        _ => $"≤ {Limit:0.#}",
    };
}
