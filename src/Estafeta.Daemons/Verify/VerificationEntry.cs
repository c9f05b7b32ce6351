using System.Globalization;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Verify;

/// <summary>
/// What is known of one address. Stored as <c>status:probed:updated:text</c>, times in seconds since 1970, as Postfix's cache has
/// it, so that an existing cache stays readable.
/// </summary>
/// <param name="Outcome">InProgress while nothing is known yet.</param>
/// <param name="Probed">When the last probe was sent that has not come back; 0 when none is under way.</param>
/// <param name="Updated">When the outcome was found; 0 when there is none.</param>
/// <param name="Text">What the probe found.</param>
internal sealed record VerificationEntry(VerificationOutcome Outcome, long Probed, long Updated, string Text)
{
    // Postfix's numbers for the states.
    private const string Deliverable = "0";
    private const string Deferred = "1";
    private const string Undeliverable = "2";
    private const string InProgress = "3";

    public static VerificationEntry? Parse(string stored)
    {
        var fields = stored.Split(':', 4);
        return fields.Length == 4
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var probed)
            && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var updated)
            && Outcomes.TryGetValue(fields[0], out var outcome)
            ? new VerificationEntry(outcome, probed, updated, fields[3])
            : null;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Outcomes.First(o => o.Value == Outcome).Key}:{Probed}:{Updated}:{Text}");

    private static readonly Dictionary<string, VerificationOutcome> Outcomes = new(StringComparer.Ordinal)
    {
        [Deliverable] = VerificationOutcome.Deliverable,
        [Deferred] = VerificationOutcome.Deferred,
        [Undeliverable] = VerificationOutcome.Undeliverable,
        [InProgress] = VerificationOutcome.InProgress,
    };
}
