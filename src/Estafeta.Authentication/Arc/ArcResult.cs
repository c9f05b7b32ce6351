namespace Estafeta.Authentication.Arc;

public enum ArcOutcome
{
    /// <summary>There is no chain.</summary>
    None,
    Pass,
    Fail,

    /// <summary>The name service could not say.</summary>
    TempError,
}

/// <summary>What a chain came to.</summary>
/// <param name="Outcome">The result.</param>
/// <param name="Sets">How many there are.</param>
/// <param name="Reason">Why it is not a pass.</param>
public sealed record ArcResult(ArcOutcome Outcome, int Sets, string Reason)
{
    public static readonly ArcResult None = new(ArcOutcome.None, 0, "no chain");

    /// <summary>d= of the last seal; empty without one that can be read.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The chain failed before it came here: nobody adds to it any more (RFC 8617 §5.1).</summary>
    public bool IsClosed { get; init; }

    public string Word => Outcome switch
    {
        ArcOutcome.None => "none",
        ArcOutcome.Pass => "pass",
        ArcOutcome.Fail => "fail",
        _ => "temperror",
    };
}
