using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Who is trusted: mynetworks, clients that may speak for others; and domains in two classes.</summary>
internal static class NetworkRules
{
    // Shorter prefixes than these trust whole providers.
    private const int WidestIpv4 = 16;
    private const int WidestIpv6 = 32;

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        return Networks(main).Concat(Styles(main)).Concat(Clients(main)).Concat(Classes(main));
    }

    private static IEnumerable<Finding> Styles(ParameterSet main)
    {
        if (!main.IsSet(Parameters.Mynetworks) && CheckedConfiguration.Value(main, Parameters.MynetworksStyle) == "class")
        {
            yield return Finding.At(main, Parameters.MynetworksStyle, "wide-mynetworks", FindingSeverity.Error, "mynetworks_style = class trusts the whole network class of each address of this host", "write host or subnet, or set mynetworks");
        }
    }

    private static IEnumerable<Finding> Clients(ParameterSet main)
    {
        foreach (var parameter in (StringParameter[])[Parameters.SmtpdAuthorizedXclientHosts, Parameters.SmtpdAuthorizedXforwardHosts])
        {
            foreach (var word in CheckedConfiguration.Words(main, parameter))
            {
                if (TryNetwork(word, out var address, out var length) && length < (address.GetAddressBytes().Length == 4 ? WidestIpv4 : WidestIpv6))
                {
                    yield return Finding.At(main, parameter, "wide-authorization", FindingSeverity.Error, $"{parameter.Name}: whoever is in {word} may claim to be any client", "name single hosts");
                }
            }
        }
    }

    private static bool TryNetwork(string word, out IPAddress address, out int length)
    {
        address = IPAddress.None;
        length = 0;
        var plain = word.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        var slash = plain.IndexOf('/', StringComparison.Ordinal);
        return !word.StartsWith('!') && slash > 0 && IPAddress.TryParse(plain[..slash], out address!) && int.TryParse(plain[(slash + 1)..], out length);
    }

    private static IEnumerable<Finding> Networks(ParameterSet main)
    {
        var position = main.PositionOf(Parameters.Mynetworks.Name);
        if (!position.IsKnown)
        {
            yield break;
        }

        foreach (var word in WordList.Split(CheckedConfiguration.Value(main, Parameters.Mynetworks)))
        {
            if (!TryNetwork(word, out var address, out var length))
            {
                continue;
            }

            var isIpv4 = address.GetAddressBytes().Length == 4;
            if (length <= (isIpv4 ? 32 : 128) && IPNetwork.TryParse($"{address}/{length}", out var network) && !network.BaseAddress.Equals(address))
            {
                yield return new("bad-network", FindingSeverity.Error, position, $"mynetworks: {word} has address bits behind its prefix: every look-up fails", "clear them");
            }
            else if (length < (isIpv4 ? WidestIpv4 : WidestIpv6) && !IsPrivate(address))
            {
                yield return new("wide-mynetworks", FindingSeverity.Error, position, $"mynetworks trusts {word}: whoever is there may relay", "name your own networks only");
            }
        }
    }

    private static bool IsPrivate(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4
            ? bytes[0] is 10 or 127 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 100 && bytes[1] is >= 64 and < 128)
            : IPAddress.IsLoopback(address) || (bytes[0] & 0xFE) == 0xFC || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80);
    }

    private static IEnumerable<Finding> Classes(ParameterSet main)
    {
        (StringParameter Parameter, string[] Domains)[] classes =
            [.. ((StringParameter[])[Parameters.Mydestination, Parameters.VirtualAliasDomains, Parameters.VirtualMailboxDomains, Parameters.RelayDomains])
                .Select(p => (p, Domains(main, p)))];
        for (var i = 0; i < classes.Length; i++)
        {
            for (var j = i + 1; j < classes.Length; j++)
            {
                // Up to level 1 relay_domains has mydestination as its default.
                if (!main.IsSet(classes[j].Parameter))
                {
                    continue;
                }

                foreach (var domain in classes[i].Domains.Intersect(classes[j].Domains, StringComparer.OrdinalIgnoreCase))
                {
                    yield return Finding.At(
                        main, classes[j].Parameter, "two-classes", FindingSeverity.Warning,
                        $"do not list domain {domain} in BOTH {classes[i].Parameter.Name} and {classes[j].Parameter.Name}", "list it once");
                }
            }
        }
    }

    private static string[] Domains(ParameterSet main, StringParameter parameter) =>
        [.. WordList.Split(CheckedConfiguration.Value(main, parameter)).Where(w => w.Contains('.', StringComparison.Ordinal) && w.IndexOfAny([':', '/', '!', '{']) < 0)];
}
