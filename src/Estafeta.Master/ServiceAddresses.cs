using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Master;

/// <summary>
/// The addresses a master.cf entry listens on. An inet service without host listens on inet_interfaces; with a host, on each address
/// of it; both only as far as inet_protocols allows.
/// </summary>
internal static class ServiceAddresses
{
    public static IReadOnlyList<ListenerAddress> Of(MasterEntry entry, MasterSettings settings) => entry.Type switch
    {
        ServiceType.Inet => Inet(entry, settings),
        ServiceType.UnixDatagram => [new ListenerAddress(ListenerKind.Datagram, null, entry.Endpoint)],
        ServiceType.Fifo => [new ListenerAddress(ListenerKind.Fifo, null, entry.Endpoint)],
        _ => [new ListenerAddress(ListenerKind.Stream, null, entry.Endpoint)],
    };

    private static List<ListenerAddress> Inet(MasterEntry entry, MasterSettings settings)
    {
        var (host, portName) = Split(entry);
        var port = settings.Services.Find(portName) ?? throw Wrong(entry, $"unknown TCP port: {portName}");

        var addresses = new List<ListenerAddress>();
        foreach (var name in host != null ? [host] : settings.InetInterfaces)
        {
            foreach (var address in Resolve(entry, name, settings.InetProtocols))
            {
                var listener = new ListenerAddress(ListenerKind.Inet, new IPEndPoint(address, port), "");
                if (!addresses.Contains(listener))
                {
                    addresses.Add(listener);
                }
            }
        }

        return addresses.Count > 0 ? addresses : throw Wrong(entry, $"no address to listen on for {entry.Name}");
    }

    // host:port, [host]:port, port.
    private static (string? Host, string Port) Split(MasterEntry entry)
    {
        var name = entry.Name;
        if (name.StartsWith('['))
        {
            var close = name.IndexOf("]:", StringComparison.Ordinal);
            return close > 1 ? (name[1..close], name[(close + 2)..]) : throw Wrong(entry, $"bad service name: {name}");
        }

        var colon = name.LastIndexOf(':');
        return colon < 0 ? (null, name) : (colon == 0 ? null : name[..colon], name[(colon + 1)..]);
    }

    private static IEnumerable<IPAddress> Resolve(MasterEntry entry, string host, InetProtocols protocols)
    {
        IPAddress[] found = host switch
        {
            "all" => [IPAddress.Any, IPAddress.IPv6Any],
            "loopback-only" => [IPAddress.Loopback, IPAddress.IPv6Loopback],
            _ => Lookup(entry, host.Trim('[', ']')),
        };
        return found.Where(a => a.AddressFamily == AddressFamily.InterNetwork ? protocols.Ipv4 : protocols.Ipv6 && Socket.OSSupportsIPv6 && IsUsable(a));
    }

    private static IPAddress[] Lookup(MasterEntry entry, string host)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException e)
        {
            throw Wrong(entry, $"host not found: {host}: {e.Message}");
        }
    }

    // A kernel without any IPv6 address (disable_ipv6) refuses even the wildcard; "all" then means IPv4.
    private static bool IsUsable(IPAddress address)
    {
        if (!address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.IPv6Loopback))
        {
            return true;
        }

        using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static ConfigurationException Wrong(MasterEntry entry, string problem) => new($"{entry.Position.File}: line {entry.Line}: {problem}");
}
