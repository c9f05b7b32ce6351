using Estafeta.Mail.Addresses;
using Estafeta.Tables;

namespace Estafeta.Services.Rewriting;

/// <summary>
/// transport(5): per recipient, per domain, per parent domain, and <c>*</c>. The result overrides transport, next hop or both;
/// <c>:</c> means "as if there were no entry".
/// </summary>
public sealed class TransportMaps(MapList maps, AddressExtension extensions, bool matchesSubdomains, TimeProvider time)
{
    private static readonly TimeSpan WildcardLifetime = TimeSpan.FromSeconds(30);
    private readonly AddressMap _addresses = new(maps, extensions, null);
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

        var key = domain.ToLowerInvariant();
        while (key.Length > 0)
        {
            var result = await LookupAsync(key, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result;
            }

            var dot = key.StartsWith('[') ? -1 : key.IndexOf('.', 1);
            key = dot < 0 ? "" : matchesSubdomains ? key[(dot + 1)..] : key[dot..];
        }

        return await WildcardAsync(cancellationToken);
    }

    private async ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        foreach (var table in maps.Tables)
        {
            if (table.HasFixedKeys)
            {
                var result = await table.LookupAsync(key, cancellationToken);
                if (result.Outcome != LookupOutcome.NotFound)
                {
                    return result;
                }
            }
        }

        return LookupResult.NotFound;
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
