namespace Estafeta.Authentication.Dmarc;

/// <summary>Mildest first.</summary>
public enum DmarcPolicy
{
    None,
    Quarantine,
    Reject,
}

public enum DmarcResult
{
    /// <summary>The domain of From has no policy.</summary>
    None,
    Pass,
    Fail,
    TempError,

    /// <summary>Nobody can say what the message is from.</summary>
    PermError,
}

/// <summary>Whether the message is from whom its From header says, and what that domain wants done if not.</summary>
/// <param name="Result">The result.</param>
/// <param name="Domain">Of From; the one whose policy counts when there are several; empty when there is none.</param>
/// <param name="Reason">What it passes by, or why it does not.</param>
public sealed record DmarcOutcome(DmarcResult Result, string Domain, string Reason)
{
    /// <summary>As published for this domain.</summary>
    public DmarcPolicy Policy { get; init; }

    /// <summary>What is to be done with this message: none unless it fails, milder than <see cref="Policy"/> where pct= says so; what has no author is refused.</summary>
    public DmarcPolicy Disposition { get; init; }

    /// <summary>The name service could not say, and what it would have said may be a refusal.</summary>
    public bool IsUndecided { get; init; }

    public string Word => Result switch
    {
        DmarcResult.None => "none",
        DmarcResult.Pass => "pass",
        DmarcResult.Fail => "fail",
        DmarcResult.TempError => "temperror",
        _ => "permerror",
    };
}
