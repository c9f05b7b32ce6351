using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Postscreen.DnsLists;

/// <summary>An item of postscreen_dnsbl_sites: <c>domain=filter*weight</c>. A negative weight speaks for the client.</summary>
internal sealed record ScoredSite(DnsListSite Site, int Weight)
{
    /// <exception cref="ConfigurationException">The filter or the weight is malformed.</exception>
    public static ScoredSite Parse(string item)
    {
        var star = item.LastIndexOf('*');
        if (star < 0)
        {
            return new ScoredSite(DnsListSite.Parse(item), 1);
        }

        var factor = item[(star + 1)..];
        return int.TryParse(factor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weight)
            ? new ScoredSite(DnsListSite.Parse(item[..star]), weight)
            : throw new ConfigurationException($"bad DNSBL weight factor \"{factor}\" in \"{item}\"");
    }
}
