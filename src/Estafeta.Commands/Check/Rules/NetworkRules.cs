using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Who is trusted, and mail that comes back: mynetworks, relayhost, one domain in two classes.</summary>
internal static class NetworkRules
{
    // Shorter prefixes than these trust whole providers.
    private const int WidestIpv4 = 16;
    private const int WidestIpv6 = 32;

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        return Networks(main).Concat(Loops(main)).Concat(Classes(main));
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
            var plain = word.TrimStart('!').Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
            var slash = plain.IndexOf('/', StringComparison.Ordinal);
            if (word.StartsWith('!') || slash <= 0 || !IPAddress.TryParse(plain[..slash], out var address) || !int.TryParse(plain[(slash + 1)..], out var length))
            {
                continue;
            }

            var isIpv4 = address.GetAddressBytes().Length == 4;
            if (length <= (isIpv4 ? 32 : 128) && IPNetwork.TryParse(plain, out var network) && !network.BaseAddress.Equals(address))
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

    private static IEnumerable<Finding> Loops(ParameterSet main)
    {
        var myhostname = CheckedConfiguration.Value(main, Parameters.Myhostname);
        foreach (var parameter in (StringParameter[])[Parameters.Relayhost, Parameters.SmtpFallbackRelay])
        {
            var host = CheckedConfiguration.Value(main, parameter).Split(' ', ',')[0].TrimStart('[').Split(']', ':')[0];
            if (host.Length > 0 && (host.Equals(myhostname, StringComparison.OrdinalIgnoreCase) || host is "localhost" or "127.0.0.1" or "::1"))
            {
                var port = CheckedConfiguration.Value(main, parameter);
                if (!port.Contains("]:", StringComparison.Ordinal) && !(port.Contains(':', StringComparison.Ordinal) && !port.StartsWith('[')))
                {
                    yield return new("mail-loop", FindingSeverity.Error, main.PositionOf(parameter.Name), $"{parameter.Name} is this host itself: mail loops", "name the next host");
                }
            }
        }
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
                    yield return new("two-classes", FindingSeverity.Warning, main.PositionOf(classes[j].Parameter.Name),
                        $"do not list domain {domain} in BOTH {classes[i].Parameter.Name} and {classes[j].Parameter.Name}", "list it once");
                }
            }
        }
    }

    private static string[] Domains(ParameterSet main, StringParameter parameter) =>
        [.. WordList.Split(CheckedConfiguration.Value(main, parameter)).Where(w => w.Contains('.', StringComparison.Ordinal) && w.IndexOfAny([':', '/', '!', '{']) < 0)];
}
