using System.Net.Sockets;
using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.Interfaces;

/// <summary>inet_protocols: <c>all</c>, <c>ipv4</c>, <c>ipv6</c>, or both.</summary>
public readonly record struct InetProtocols(bool Ipv4, bool Ipv6)
{
    public static InetProtocols Parse(string value)
    {
        var (ipv4, ipv6) = (false, false);
        foreach (var word in WordList.Split(value))
        {
            switch (word)
            {
                case "all":
                    (ipv4, ipv6) = (Socket.OSSupportsIPv4, Socket.OSSupportsIPv6);
                    break;
                case "ipv4":
                    ipv4 = true;
                    break;
                case "ipv6":
                    ipv6 = true;
                    break;
                default:
                    throw new ConfigurationException($"unknown inet_protocols value \"{word}\" in \"{value}\"");
            }
        }

        return new InetProtocols(ipv4, ipv6);
    }

    public bool Allows(AddressFamily family) => family == AddressFamily.InterNetwork ? Ipv4 : family == AddressFamily.InterNetworkV6 && Ipv6;
}
