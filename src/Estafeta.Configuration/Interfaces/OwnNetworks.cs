using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix.Network;

namespace Estafeta.Configuration.Interfaces;

/// <summary>The default of mynetworks: the networks this machine is in, as mynetworks_style (host, subnet, class) says.</summary>
public static class OwnNetworks
{
    /// <summary>Complains about what keeps the default from being worked out, and asks the kernel for its interfaces only where they can be the trouble.</summary>
    public static void CheckDefault(ParameterSet parameters)
    {
        if (parameters.IsSet(Parameters.Mynetworks))
        {
            return;
        }

        RequireStyle(parameters.Get(Parameters.MynetworksStyle));
        _ = InetProtocols.Parse(parameters.Get(Parameters.InetProtocols));
        if (parameters.Get(Parameters.InetInterfaces) is not ("all" or "loopback-only") || parameters.Get(Parameters.ProxyInterfaces).Length > 0)
        {
            _ = OwnAddresses.Load(parameters);
        }
    }

    internal static string Describe(string style, OwnAddresses own)
    {
        RequireStyle(style);
        var networks = new List<IPNetwork>();
        foreach (var address in own.Interfaces)
        {
            if (!networks.Exists(n => n.Contains(address.Address)))
            {
                networks.Add(Masked(address.Address, PrefixLength(style, address)));
            }
        }

        return string.Join(' ', networks.ConvertAll(n => n.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[{n.BaseAddress}]/{n.PrefixLength}"
            : n.ToString()));
    }

    private static void RequireStyle(string style)
    {
        if (style is not ("host" or "subnet" or "class"))
        {
            throw new ConfigurationException($"unknown mynetworks mask style value \"{style}\" in \"{style}\"");
        }
    }

    private static int PrefixLength(string style, InterfaceAddress own)
    {
        var bytes = own.Address.GetAddressBytes();
        if (style == "host")
        {
            return bytes.Length * 8;
        }

        // RFC 791 §3.2: the classes end at 128, 192 and 224.
        return style == "class" && bytes.Length == 4
            ? bytes[0] switch { < 128 => 8, < 192 => 16, < 224 => 24, _ => 4 }
            : own.PrefixLength;
    }

    private static IPNetwork Masked(IPAddress address, int prefixLength)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        for (var i = 0; i < length; i++)
        {
            var bits = Math.Clamp(prefixLength - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - bits));
        }

        return new IPNetwork(new IPAddress(bytes[..length]), prefixLength);
    }
}
