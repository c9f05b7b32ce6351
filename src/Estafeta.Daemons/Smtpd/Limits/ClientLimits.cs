using System.Globalization;
using System.Net;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.ClientLimits;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd.Limits;

/// <summary>Who is counted (all but smtpd_client_event_limit_exceptions) and under which name; the counts are anvil's.</summary>
internal sealed class ClientLimits(ClientLimitSettings settings, ClientCounters? counters, string serviceName, TableSet tables)
{
    private readonly HostList _exceptions = HostList.Open(Parameters.SmtpdClientEventLimitExceptions, tables);

    public ClientLimitSettings Settings => settings;

    /// <summary>First column of master.cf.</summary>
    public string ServiceName => serviceName;

    /// <summary>Counts a new session. Null when its client is not counted.</summary>
    public async ValueTask<ClientTally?> OpenAsync(ClientPeer peer, CancellationToken cancellationToken)
    {
        if (counters == null || !settings.HasAny || peer.IPAddress is not { } address
            || (await _exceptions.MatchAsync(peer.Name, address, cancellationToken)).IsFound)
        {
            return null;
        }

        return await counters.OpenAsync($"{serviceName}:{Range(address)}", cancellationToken);
    }

    /// <summary>The address, or the network when clients are counted by network: <c>2001:db8::/84</c>.</summary>
    internal string Range(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        var length = octets.Length == 4 ? settings.Ipv4PrefixLength : settings.Ipv6PrefixLength;
        if (length >= octets.Length * 8)
        {
            return address.ToString();
        }

        for (var i = 0; i < octets.Length; i++)
        {
            var bits = Math.Clamp(length - (i * 8), 0, 8);
            octets[i] &= (byte)(0xff << (8 - bits));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(octets)}/{length}");
    }
}
