namespace Estafeta.Net.MtaSts;

/// <summary>What is known of a domain's policy.</summary>
/// <param name="Policy">The one in force; null when the domain has none, or none that could be had.</param>
/// <param name="Failure">Result type of RFC 8460 §4.3.2 when the domain announces a policy that could not be had; empty otherwise.</param>
/// <param name="Detail">Why, in words.</param>
public sealed record StsFinding(StsPolicy? Policy, string Failure = "", string Detail = "")
{
    public static readonly StsFinding Nothing = new((StsPolicy?)null);
}
