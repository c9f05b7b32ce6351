using Estafeta.Mail.Addresses;
using Estafeta.Tables;
using Estafeta.Tables.Keys;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// transport(5): per recipient, per domain, per parent domain, and <c>*</c>. The result overrides transport, next hop or both;
/// <c>:</c> means "as if there were no entry".
/// </summary>
public sealed class TransportMaps(MapList maps, AddressExtension extensions, bool matchesSubdomains, TimeProvider time)
{
    private static readonly TimeSpan WildcardLifetime = TimeSpan.FromSeconds(30);
    private readonly AddressMap _addresses = new(maps, extensions, null);
    private readonly DomainLookup _domains = new(maps, matchesSubdomains) { FixedKeysOnly = true };
    private Wildcard? _wildcard;

    public bool IsEmpty => maps.IsEmpty;

    /// <summary>Recipient in internal form, and its domain.</summary>
    public async ValueTask<LookupResult> FindAsync(string recipient, string domain, CancellationToken cancellationToken)
    {
        var match = await _addresses.FindAsync(recipient, cancellationToken);
        if (match.Result.Outcome != LookupOutcome.NotFound)
        {
            return match.Result;
        }

        var parent = await _domains.FindAsync(domain, cancellationToken);
        if (parent.IsSettled)
        {
            return parent.Result;
        }

        return await WildcardAsync(cancellationToken);
    }

    private async ValueTask<LookupResult> WildcardAsync(CancellationToken cancellationToken)
    {
        // Asked for by every recipient without an entry of its own, so it is kept for a while.
        var known = _wildcard;
        if (known == null || time.GetElapsedTime(known.Stamp) > WildcardLifetime)
        {
            known = new Wildcard(await maps.LookupAsync("*", cancellationToken), time.GetTimestamp());
            _wildcard = known.Result.IsTrouble ? null : known;
        }

        return known.Result;
    }

    private sealed record Wildcard(LookupResult Result, long Stamp);
}
