using System.Net;
using Estafeta.Mail.Addresses;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Services.Rewriting;

/// <summary>Which domains are this machine: mydestination, and <c>[literals]</c> of inet_interfaces and proxy_interfaces.</summary>
public sealed class LocalDomains(DomainList mydestination, IReadOnlyCollection<IPAddress> ownAddresses, string myorigin)
{
    /// <summary>Mail for it is delivered with local_transport.</summary>
    public async ValueTask<LookupResult> IsLocalAsync(string domain, CancellationToken cancellationToken)
    {
        var result = await mydestination.MatchAsync(domain, cancellationToken);
        return result.Outcome == LookupOutcome.NotFound && DomainName.TryParseLiteral(domain, out var address) && ownAddresses.Contains(address)
            ? LookupResult.Found("")
            : result;
    }

    /// <summary>A bare <c>user</c> in a table stands for this domain too: $myorigin or a local domain.</summary>
    public ValueTask<LookupResult> IsBareAsync(string domain, CancellationToken cancellationToken) =>
        domain.Equals(myorigin, StringComparison.OrdinalIgnoreCase) ? new(LookupResult.Found("")) : IsLocalAsync(domain, cancellationToken);
}
