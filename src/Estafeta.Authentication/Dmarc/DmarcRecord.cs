using System.Globalization;
using Estafeta.Authentication.Dkim;

namespace Estafeta.Authentication.Dmarc;

/// <summary>What a domain wants done with mail that is not from it (RFC 7489 §6.3; np= of RFC 9091, psd= and t= of DMARCbis).</summary>
internal sealed record DmarcRecord
{
    public DmarcPolicy Policy { get; init; }

    public DmarcPolicy SubdomainPolicy { get; init; }

    /// <summary>For names that do not exist.</summary>
    public DmarcPolicy MissingDomainPolicy { get; init; }

    public bool IsDkimStrict { get; init; }

    public bool IsSpfStrict { get; init; }

    /// <summary>Of the failing messages, how many in a hundred get the policy; the others the next milder one.</summary>
    public int Percent { get; init; } = 100;

    /// <summary>psd=; null where it is not said.</summary>
    public bool? IsPublicSuffix { get; init; }

    /// <returns>Null for what is no usable record.</returns>
    public static DmarcRecord? Parse(string text)
    {
        if (DkimTagList.Parse(text) is not { First: "v" } tags || tags["v"] != "DMARC1")
        {
            return null;
        }

        if (ReadPolicy(tags["p"]) is not { } policy)
        {
            // §6.6.3: who wants reports is taken to mean "none".
            if (tags["rua"] == null && tags["p"] != null)
            {
                return null;
            }

            policy = DmarcPolicy.None;
        }

        var subdomains = ReadPolicy(tags["sp"]) ?? policy;
        var isTest = tags["t"] == "y";
        return new DmarcRecord
        {
            Policy = policy,
            SubdomainPolicy = subdomains,
            MissingDomainPolicy = ReadPolicy(tags["np"]) ?? subdomains,
            IsDkimStrict = IsStrict(tags["adkim"]),
            IsSpfStrict = IsStrict(tags["aspf"]),
            Percent = isTest ? 0 : int.TryParse(tags["pct"], NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : 100,
            IsPublicSuffix = tags["psd"] switch { "y" => true, "n" => false, _ => null },
        };
    }

    private static bool IsStrict(string? value) => value is "s" or "S";

    private static DmarcPolicy? ReadPolicy(string? value) => value?.ToLowerInvariant() switch
    {
        "none" => DmarcPolicy.None,
        "quarantine" => DmarcPolicy.Quarantine,
        "reject" => DmarcPolicy.Reject,
        _ => null,
    };
}
