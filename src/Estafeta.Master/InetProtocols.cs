using Estafeta.Configuration;

namespace Estafeta.Master;

/// <summary>Parameter inet_protocols: which address families are listened on.</summary>
internal readonly record struct InetProtocols(bool Ipv4, bool Ipv6)
{
    public static InetProtocols Parse(string text)
    {
        var result = default(InetProtocols);
        foreach (var word in text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            result = word.ToLowerInvariant() switch
            {
                "all" => new InetProtocols(true, true),
                "ipv4" => result with { Ipv4 = true },
                "ipv6" => result with { Ipv6 = true },
                _ => throw new ConfigurationException($"parameter inet_protocols: bad value: {word}"),
            };
        }

        return result.Ipv4 || result.Ipv6 ? result : throw new ConfigurationException("parameter inet_protocols: no protocol specified");
    }
}
