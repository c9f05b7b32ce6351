namespace Estafeta.Tables;

public enum LookupOutcome
{
    NotFound,
    Found,

    /// <summary>Nobody knows: connection refused, time-out, bad data. The caller answers 451 or defers.</summary>
    Trouble,
}

/// <param name="Outcome">What the table said.</param>
/// <param name="Value">The value for <see cref="LookupOutcome.Found"/>; the reason for the log for <see cref="LookupOutcome.Trouble"/>.</param>
public readonly record struct LookupResult(LookupOutcome Outcome, string? Value)
{
    public static readonly LookupResult NotFound = new(LookupOutcome.NotFound, null);

    public bool IsFound => Outcome == LookupOutcome.Found;

    public bool IsTrouble => Outcome == LookupOutcome.Trouble;

    public static LookupResult Found(string value) => new(LookupOutcome.Found, value);

    public static LookupResult Trouble(string reason) => new(LookupOutcome.Trouble, reason);
}
