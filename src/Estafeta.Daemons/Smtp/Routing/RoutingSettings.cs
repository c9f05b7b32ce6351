using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;

namespace Estafeta.Daemons.Smtp;

/// <summary>How servers for a destination are found and in which order they are tried.</summary>
internal sealed record RoutingSettings
{
    public bool IsLmtp { get; init; }

    public required string DefaultPort { get; init; }

    /// <summary>International names in their IDNA 2003 form (enable_idna2003_compatibility).</summary>
    public bool UsesTransitionalNames { get; init; }

    /// <summary>DNS at all; without it <c>native</c> is all there is.</summary>
    public bool UsesDns { get; init; }

    /// <summary>Ask for validated answers (smtp_dns_support_level = dnssec).</summary>
    public bool UsesDnssec { get; init; }

    /// <summary>smtp_dns_resolver_options.</summary>
    public NameCompletion Completion { get; init; }

    /// <summary>A server whose name is a CNAME goes by the name it stands for (smtp_cname_overrides_servername).</summary>
    public bool CnameOverridesName { get; init; }

    public bool LooksInDns { get; init; }

    public bool LooksNatively { get; init; }

    public bool UsesIPv4 { get; init; }

    public bool UsesIPv6 { get; init; }

    /// <summary>Prefer one family among equals; null is any.</summary>
    public AddressFamily? PreferredFamily { get; init; }

    public bool Randomizes { get; init; }

    public bool BalancesFamilies { get; init; }

    /// <summary>0 is no limit.</summary>
    public int AddressLimit { get; init; }

    public int SessionLimit { get; init; }

    public bool DefersWithoutMxAddress { get; init; }

    public bool IgnoresMxErrors { get; init; }

    public required IReadOnlyList<string> FallbackRelays { get; init; }

    /// <summary>relayhost: when it cannot be found, that is the administrator's mistake, not the recipient's.</summary>
    public string Relayhost { get; init; } = "";

    /// <summary>best_mx_transport: who gets mail for a domain whose best MX host is this one; empty returns it as a loop.</summary>
    public string BestMxTransport { get; init; } = "";

    public required IReadOnlySet<string> SrvServices { get; init; }

    public bool SrvFallsBack { get; init; }

    public bool IgnoresSrvErrors { get; init; }

    public IPAddress? BindAddress { get; init; }

    public IPAddress? BindAddress6 { get; init; }

    public bool EnforcesBindAddress { get; init; }

    /// <summary>tcp_windowsize.</summary>
    public int TcpWindow { get; init; }

    public required IReadOnlySet<IPAddress> OwnAddresses { get; init; }

    public static RoutingSettings Load(ParameterSet parameters, bool isLmtp)
    {
        var p = new SmtpParameters(parameters, isLmtp);
        var protocols = Words(parameters.Get(Parameters.InetProtocols));
        var lookups = Words(p.Text(Parameters.SmtpHostLookup, Parameters.LmtpHostLookup));
        var dnsLevel = p.Text(Parameters.SmtpDnsSupportLevel, Parameters.LmtpDnsSupportLevel).ToLowerInvariant();
        var usesDns = dnsLevel.Length == 0 ? !parameters.Get(Parameters.DisableDnsLookups) : dnsLevel != "disabled";
        var preference = p.Text(Parameters.SmtpAddressPreference, Parameters.LmtpAddressPreference).ToLowerInvariant();
        return new RoutingSettings
        {
            IsLmtp = isLmtp,
            DefaultPort = p.Text(Parameters.SmtpTcpPort, Parameters.LmtpTcpPort),
            UsesTransitionalNames = parameters.Get(Parameters.EnableIdna2003Compatibility),
            UsesDns = usesDns,
            UsesDnssec = dnsLevel == "dnssec",
            Completion = ReadCompletion(p),
            CnameOverridesName = p.Flag(Parameters.SmtpCnameOverridesServername, Parameters.LmtpCnameOverridesServername),
            LooksInDns = usesDns && lookups.Contains("dns"),
            LooksNatively = !usesDns || lookups.Contains("native"),
            UsesIPv4 = protocols.Contains("all") || protocols.Contains("ipv4"),
            UsesIPv6 = protocols.Contains("all") || protocols.Contains("ipv6"),
            PreferredFamily = preference == "ipv6" ? AddressFamily.InterNetworkV6 : preference == "ipv4" ? AddressFamily.InterNetwork : null,
            Randomizes = p.Flag(Parameters.SmtpRandomizeAddresses, Parameters.LmtpRandomizeAddresses),
            BalancesFamilies = p.Flag(Parameters.SmtpBalanceInetProtocols, Parameters.LmtpBalanceInetProtocols),
            AddressLimit = p.Number(Parameters.SmtpMxAddressLimit, Parameters.LmtpMxAddressLimit),
            SessionLimit = p.Number(Parameters.SmtpMxSessionLimit, Parameters.LmtpMxSessionLimit),
            DefersWithoutMxAddress = p.Flag(Parameters.SmtpDeferIfNoMxAddressFound, Parameters.LmtpDeferIfNoMxAddressFound),
            IgnoresMxErrors = parameters.Get(Parameters.IgnoreMxLookupError),
            FallbackRelays = [.. Destination.Split(p.Text(Parameters.SmtpFallbackRelay, Parameters.LmtpFallbackRelay))],
            Relayhost = parameters.Get(Parameters.Relayhost),
            BestMxTransport = parameters.Get(Parameters.BestMxTransport),
            SrvServices = Words(parameters.Get(Parameters.UseSrvLookup)),
            SrvFallsBack = parameters.Get(Parameters.AllowSrvLookupFallback),
            IgnoresSrvErrors = parameters.Get(Parameters.IgnoreSrvLookupError),
            BindAddress = Address(p.Text(Parameters.SmtpBindAddress, Parameters.LmtpBindAddress)) ?? SingleInterface(parameters, AddressFamily.InterNetwork),
            BindAddress6 = Address(p.Text(Parameters.SmtpBindAddress6, Parameters.LmtpBindAddress6)) ?? SingleInterface(parameters, AddressFamily.InterNetworkV6),
            EnforcesBindAddress = p.Flag(Parameters.SmtpBindAddressEnforce, Parameters.LmtpBindAddressEnforce),
            TcpWindow = parameters.Get(Parameters.TcpWindowsize),
            OwnAddresses = Configuration.Interfaces.OwnAddresses.Load(parameters).All,
        };
    }

    private static NameCompletion ReadCompletion(SmtpParameters p)
    {
        var completion = NameCompletion.None;
        var text = p.Text(Parameters.SmtpDnsResolverOptions, Parameters.LmtpDnsResolverOptions);
        foreach (var word in Words(text))
        {
            completion |= word.ToLowerInvariant() switch
            {
                "res_defnames" => NameCompletion.DefaultDomain,
                "res_dnsrch" => NameCompletion.Search,
                _ => throw new ConfigurationException(
                    $"unknown {p.Name(Parameters.SmtpDnsResolverOptions, Parameters.LmtpDnsResolverOptions)} value \"{word}\" in \"{text}\""),
            };
        }

        return completion;
    }

    private static HashSet<string> Words(string list) =>
        new(list.Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);

    private static IPAddress? Address(string text) =>
        text.Length == 0 ? null
        : IPAddress.TryParse(text.Trim('[', ']'), out var address) ? address
        : throw new ConfigurationException($"bad bind address: {text}");

    // A virtual host, which has one address of its own in inet_interfaces, also sends from it.
    private static IPAddress? SingleInterface(ParameterSet parameters, AddressFamily family)
    {
        var named = parameters.Get(Parameters.InetInterfaces)
            .Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => IPAddress.TryParse(word.Trim('[', ']'), out var address) ? address : null)
            .Where(address => address?.AddressFamily == family)
            .ToList();
        return named is [{ } only] && !IPAddress.IsLoopback(only) ? only : null;
    }
}
