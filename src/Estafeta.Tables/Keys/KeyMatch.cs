namespace Estafeta.Tables.Keys;

/// <summary>What a look-up by several keys found.</summary>
/// <param name="Key">The key that was found, or in trouble; empty when none was.</param>
public readonly record struct KeyMatch(LookupResult Result, string Key)
{
    public static readonly KeyMatch None = new(LookupResult.NotFound, "");

    public bool IsSettled => Result.Outcome != LookupOutcome.NotFound;
}
