namespace Estafeta.Authentication.Spf;

/// <summary>What a check gave, and why.</summary>
/// <param name="Result">The result.</param>
/// <param name="Domain">The domain whose record was asked for, A-labels.</param>
/// <param name="Sender">The mailbox that was checked: MAIL FROM, or postmaster of the HELO name.</param>
/// <param name="IsHelo">The identity is HELO: there was no sender.</param>
/// <param name="Reason">The mechanism that matched, or the problem.</param>
public sealed record SpfOutcome(SpfResult Result, string Domain, string Sender, bool IsHelo, string Reason)
{
    /// <summary>The domain's own words for a fail (exp=); null when it has none.</summary>
    public string? Explanation { get; init; }

    /// <summary>The result's name in Authentication-Results and Received-SPF.</summary>
    public string Word => Result switch
    {
        SpfResult.None => "none",
        SpfResult.Neutral => "neutral",
        SpfResult.Pass => "pass",
        SpfResult.Fail => "fail",
        SpfResult.SoftFail => "softfail",
        SpfResult.TempError => "temperror",
        _ => "permerror",
    };
}
