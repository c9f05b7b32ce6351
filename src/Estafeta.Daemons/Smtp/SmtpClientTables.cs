using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtp;

/// <summary>The lookup tables of an smtp or lmtp entry.</summary>
internal sealed class SmtpClientTables
{
    public required MapList DiscardEhloKeywordAddresses { get; init; }

    public required MapList PixWorkarounds { get; init; }

    public required MapList ReplyFilter { get; init; }

    public required MapList DnsReplyFilter { get; init; }

    public required MapList TlsPolicies { get; init; }

    public required MapList TlsPerSite { get; init; }

    /// <summary>smtp_generic_maps.</summary>
    public required GenericAddresses Generic { get; init; }

    /// <summary>smtp_connection_cache_destinations.</summary>
    public required DomainList CachedDestinations { get; init; }

    /// <summary>smtp_requiretls_policy, lmtp_requiretls_policy.</summary>
    public required RequireTlsPolicy RequireTls { get; init; }

    /// <summary>smtp_tls_loglevel_maps.</summary>
    public required MapList TlsLogLevels { get; init; }

    /// <summary>debug_peer_list.</summary>
    public required HostList DebugPeers { get; init; }

    public static SmtpClientTables Open(SmtpParameters p, TableSet tables)
    {
        var localDomains = new LocalDomains(
            DomainList.Open(Parameters.Mydestination, tables),
            OwnAddresses.Load(p.All).All,
            RewriteSettings.OriginDomain(p.All));
        return new SmtpClientTables
        {
            DiscardEhloKeywordAddresses = Open(Parameters.SmtpDiscardEhloKeywordAddressMaps, Parameters.LmtpDiscardLhloKeywordAddressMaps),
            PixWorkarounds = Open(Parameters.SmtpPixWorkaroundMaps, Parameters.LmtpPixWorkaroundMaps),
            ReplyFilter = Open(Parameters.SmtpReplyFilter, Parameters.LmtpReplyFilter),
            TlsPolicies = Open(Parameters.SmtpTlsPolicyMaps, Parameters.LmtpTlsPolicyMaps),
            TlsLogLevels = Open(Parameters.SmtpTlsLoglevelMaps, Parameters.LmtpTlsLoglevelMaps),
            TlsPerSite = Open(Parameters.SmtpTlsPerSite, Parameters.LmtpTlsPerSite),
            DnsReplyFilter = Open(Parameters.SmtpDnsReplyFilter, Parameters.LmtpDnsReplyFilter),
            Generic = new GenericAddresses(
                new AddressMap(Open(Parameters.SmtpGenericMaps, Parameters.LmtpGenericMaps), AddressExtensions.Load(p.All), localDomains),
                ClientTlsSettings.Words(p.All.Get(Parameters.PropagateUnmatchedExtensions)).Contains("generic", StringComparer.OrdinalIgnoreCase)),
            RequireTls = RequireTlsPolicy.Open(
                p.Name(Parameters.SmtpRequiretlsPolicy, Parameters.LmtpRequiretlsPolicy),
                p.Text(Parameters.SmtpRequiretlsPolicy, Parameters.LmtpRequiretlsPolicy),
                tables),
            DebugPeers = HostList.Open(Parameters.DebugPeerList, tables),
            CachedDestinations = DomainList.Open(
                p.Name(Parameters.SmtpConnectionCacheDestinations, Parameters.LmtpConnectionCacheDestinations),
                p.Text(Parameters.SmtpConnectionCacheDestinations, Parameters.LmtpConnectionCacheDestinations),
                tables),
        };

        MapList Open(StringParameter smtp, StringParameter lmtp) => tables.OpenList(p.Name(smtp, lmtp), p.Text(smtp, lmtp));
    }
}
