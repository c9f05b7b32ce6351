using System.Net;
using System.Net.Sockets;

namespace Estafeta.Tables.Keys;

/// <summary>
/// A client address and then its networks, by taking octets off the end: <c>192.0.2.1</c>, <c>192.0.2</c>, <c>192.0</c>, <c>192</c>; for IPv6 pairs
/// of the compressed form. access(5). Pattern tables (cidr above all) see the whole address only. Thread-safe.
/// </summary>
public sealed class NetworkLookup(MapList maps)
{
    public async ValueTask<KeyMatch> FindAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var delimiter = address.AddressFamily == AddressFamily.InterNetworkV6 ? ':' : '.';
        var isPart = false;
        for (var key = address.ToString(); ; isPart = true)
        {
            var result = await maps.LookupAsync(key, isPart, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return new KeyMatch(result, key);
            }

            var end = key.LastIndexOf(delimiter);
            // "2001:db8::1" goes on with "2001:db8", not with "2001:db8:".
            key = end < 0 ? "" : key[..end].TrimEnd(':');
            if (key.Length == 0)
            {
                return KeyMatch.None;
            }
        }
    }
}
