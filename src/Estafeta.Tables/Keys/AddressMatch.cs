namespace Estafeta.Tables.Keys;

/// <summary>What a look-up of an address found.</summary>
/// <param name="Result">The table's answer, or trouble: with a table or with telling whether the domain is local.</param>
/// <param name="Extension">
/// Delimiter and extension that took no part in the match (<c>+ext</c>), for propagate_unmatched_extensions; empty when all of the address matched,
/// and for <c>@domain</c>.
/// </param>
/// <param name="Key">The key that was found, or in trouble; empty when none was.</param>
public readonly record struct AddressMatch(LookupResult Result, string Extension, string Key)
{
    public static readonly AddressMatch None = new(LookupResult.NotFound, "", "");

    public bool IsSettled => Result.Outcome != LookupOutcome.NotFound;
}
