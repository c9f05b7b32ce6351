using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Unix.Network;

namespace Estafeta.Configuration.Interfaces;

/// <summary>
/// The addresses this system receives mail on: inet_interfaces (all, loopback-only, or names and addresses), limited to inet_protocols,
/// and the proxy_interfaces in front of it. Mail for these addresses is ours; mail must not be sent back to them.
/// </summary>
public sealed class OwnAddresses
{
    private OwnAddresses(bool listensEverywhere, IReadOnlyList<InterfaceAddress> interfaces, IReadOnlyList<IPAddress> proxies)
    {
        ListensEverywhere = listensEverywhere;
        Interfaces = interfaces;
        Proxies = proxies;
        All = interfaces.Select(i => i.Address).Concat(proxies).ToHashSet();
    }

    /// <summary>inet_interfaces is <c>all</c>: services without a host listen on the wildcard addresses.</summary>
    public bool ListensEverywhere { get; }

    public IReadOnlyList<InterfaceAddress> Interfaces { get; }

    public IReadOnlyList<IPAddress> Proxies { get; }

    /// <summary>Both: mail for them is ours, and must not be sent to them.</summary>
    public IReadOnlySet<IPAddress> All { get; }

    /// <exception cref="ConfigurationException">A host is unknown, or an address belongs to no interface.</exception>
    public static OwnAddresses Load(ParameterSet parameters)
    {
        var protocols = InetProtocols.Parse(parameters.Get(Parameters.InetProtocols));
        var value = parameters.Get(Parameters.InetInterfaces);
        var local = InterfaceAddresses.List().FindAll(a => protocols.Allows(a.Address.AddressFamily));
        var everywhere = value == "all";
        List<InterfaceAddress> interfaces = everywhere ? local
            : value == "loopback-only" ? local.FindAll(a => IPAddress.IsLoopback(a.Address))
            : Listed(value, local, protocols);
        var proxies = Resolve(Parameters.ProxyInterfaces.Name, parameters.Get(Parameters.ProxyInterfaces), protocols);
        return new OwnAddresses(everywhere, interfaces, proxies);
    }

    private static List<InterfaceAddress> Listed(string value, List<InterfaceAddress> local, InetProtocols protocols)
    {
        var addresses = Resolve(Parameters.InetInterfaces.Name, value, protocols);
        addresses.Sort(CompareAsPostfix);
        var found = new List<InterfaceAddress>();
        foreach (var address in addresses)
        {
            if (found.Exists(f => f.Address.Equals(address)))
            {
                continue;
            }

            var match = local.FindIndex(a => a.Address.Equals(address));
            found.Add(match >= 0 ? local[match] : throw new ConfigurationException(
                $"parameter {Parameters.InetInterfaces.Name}: no local interface found for {address}"));
        }

        return found;
    }

    private static List<IPAddress> Resolve(string parameterName, string value, InetProtocols protocols)
    {
        var addresses = new List<IPAddress>();
        foreach (var host in WordList.Split(value))
        {
            var before = addresses.Count;
            foreach (var address in HostAddresses(host))
            {
                if (protocols.Allows(address.AddressFamily))
                {
                    addresses.Add(address);
                }
            }

            if (addresses.Count == before)
            {
                throw new ConfigurationException($"config variable {parameterName}: host not found: {host}");
            }
        }

        return addresses;
    }

    private static IPAddress[] HostAddresses(string host)
    {
        try
        {
            return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? [address] : Dns.GetHostAddresses(host);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    // IPv4 first; IPv4 addresses by their number as the machine's own (little-endian) integer, which is the order mynetworks shows.
    private static int CompareAsPostfix(IPAddress left, IPAddress right)
    {
        if (left.AddressFamily != right.AddressFamily)
        {
            return left.AddressFamily.CompareTo(right.AddressFamily);
        }

        var (a, b) = (left.GetAddressBytes(), right.GetAddressBytes());
        return a.Length == 4
            ? BitConverter.ToUInt32(a).CompareTo(BitConverter.ToUInt32(b))
            : a.AsSpan().SequenceCompareTo(b);
    }
}
