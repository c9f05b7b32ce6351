using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Rewriting;

/// <summary>The addresses mail comes in on: inet_interfaces limited to inet_protocols, and proxy_interfaces.</summary>
public static class OwnAddresses
{
    public static IReadOnlyCollection<IPAddress> Load(ParameterSet parameters)
    {
        var protocols = parameters.Get(Parameters.InetProtocols);
        var all = protocols.Contains("all", StringComparison.OrdinalIgnoreCase);
        var families = new HashSet<AddressFamily>();
        if (all || protocols.Contains("ipv4", StringComparison.OrdinalIgnoreCase))
        {
            families.Add(AddressFamily.InterNetwork);
        }

        if (all || protocols.Contains("ipv6", StringComparison.OrdinalIgnoreCase))
        {
            families.Add(AddressFamily.InterNetworkV6);
        }

        var addresses = new HashSet<IPAddress>();
        Add(addresses, Parameters.InetInterfaces.Name, parameters.Get(Parameters.InetInterfaces));
        Add(addresses, Parameters.ProxyInterfaces.Name, parameters.Get(Parameters.ProxyInterfaces));
        addresses.RemoveWhere(a => !families.Contains(a.AddressFamily));
        return addresses;
    }

    private static void Add(HashSet<IPAddress> addresses, string parameterName, string value)
    {
        foreach (var word in value.Split([' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var name = word.Trim('[', ']');
            switch (name.ToLowerInvariant())
            {
                case "all":
                    addresses.UnionWith(Interfaces());
                    break;
                case "loopback-only":
                    addresses.UnionWith(Interfaces().Where(IPAddress.IsLoopback));
                    break;
                default:
                    addresses.UnionWith(Resolve(parameterName, name));
                    break;
            }
        }
    }

    private static IPAddress[] Resolve(string parameterName, string name)
    {
        if (IPAddress.TryParse(name, out var address))
        {
            return [address];
        }

        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (SocketException)
        {
            throw new ConfigurationException($"config variable {parameterName}: host not found: {name}");
        }
    }

    private static IEnumerable<IPAddress> Interfaces() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(a.Address.GetAddressBytes()) : a.Address);
}
