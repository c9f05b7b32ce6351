namespace Estafeta.Authentication.Dkim;

/// <summary>RFC 8601 §2.7.1.</summary>
public enum DkimOutcome
{
    Pass,

    /// <summary>Body or headers are not those that were signed.</summary>
    Fail,

    /// <summary>It holds, but not for what counts here: only a part of the body is signed.</summary>
    Policy,

    /// <summary>It fails, with a key its domain is only trying out.</summary>
    Neutral,
    TempError,
    PermError,
}

/// <summary>What one signature came to.</summary>
/// <param name="Outcome">The result.</param>
/// <param name="Domain">d=; empty when it could not be read.</param>
/// <param name="Reason">Why it is not a pass.</param>
public sealed record DkimResult(DkimOutcome Outcome, string Domain, string Reason)
{
    public string Selector { get; init; } = "";

    /// <summary>i=.</summary>
    public string Identity { get; init; } = "";

    public string Algorithm { get; init; } = "";

    /// <summary>The first characters of b=, which tell two signatures of a domain apart (RFC 6008).</summary>
    public string Tag { get; init; } = "";

    /// <summary>t=y.</summary>
    public bool IsTesting { get; init; }

    public string Word => Outcome switch
    {
        DkimOutcome.Pass => "pass",
        DkimOutcome.Fail => "fail",
        DkimOutcome.Policy => "policy",
        DkimOutcome.Neutral => "neutral",
        DkimOutcome.TempError => "temperror",
        _ => "permerror",
    };
}
