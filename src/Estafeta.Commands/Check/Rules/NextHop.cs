using System.Globalization;
using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Check.Rules;

/// <summary>A next hop of the configuration: <c>host</c>, <c>[host]:port</c>; and whether mail sent there comes back to this system.</summary>
internal readonly record struct NextHop(string Host, string Port, bool IsLiteral)
{
    private const string SmtpPort = "25";

    /// <summary>Takes a destination apart; null when it names none (a socket, an error text).</summary>
    public static NextHop? Parse(string destination)
    {
        var text = destination.StartsWith("inet:", StringComparison.Ordinal) ? destination["inet:".Length..] : destination;
        if (text.Length == 0 || text.StartsWith("unix:", StringComparison.Ordinal) || text.Contains(' ', StringComparison.Ordinal))
        {
            return null;
        }

        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            return close < 0 ? null : new NextHop(text[1..close].Replace("IPv6:", "", StringComparison.OrdinalIgnoreCase), PortOf(text[(close + 1)..]), true);
        }

        var colon = text.LastIndexOf(':');
        return colon < 0 ? new NextHop(text, SmtpPort, false) : new NextHop(text[..colon], PortOf(text[colon..]), false);
    }

    /// <summary>Its host is one of ours and an smtpd of ours listens at its port.</summary>
    public bool IsSelf(CheckedConfiguration configuration)
    {
        var (host, port, main) = (Host, Port, configuration.Main);
        var isOurHost = host.Equals(CheckedConfiguration.Value(main, Parameters.Myhostname), StringComparison.OrdinalIgnoreCase)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (!IsLiteral && IsOwnDomain(host, main))
            || (IPAddress.TryParse(host, out var address) && (IPAddress.IsLoopback(address) || IsOwnAddress(address, main)));
        return isOurHost && configuration.Snapshot.Master.Entries.Any(e => e.Type == ServiceType.Inet && e.Command is "smtpd" or "postscreen" && PortOf(e.Name) == port && TakesFrom(e, host));
    }

    // An smtpd behind a content filter has none itself, and its address is its own.
    private static bool TakesFrom(MasterEntry entry, string host)
    {
        var colon = entry.Name.LastIndexOf(':');
        return colon <= 0 || IPAddress.TryParse(entry.Name[..colon].Trim('[', ']'), out var own) == false || !IPAddress.TryParse(host, out var address) || own.Equals(address);
    }

    // Its mail exchanger is this host: why else would it be our domain?
    private static bool IsOwnDomain(string host, ParameterSet main) =>
        CheckedConfiguration.Words(main, Parameters.Mydestination).Contains(host, StringComparer.OrdinalIgnoreCase)
        || CheckedConfiguration.Words(main, Parameters.VirtualMailboxDomains).Contains(host, StringComparer.OrdinalIgnoreCase)
        || CheckedConfiguration.Words(main, Parameters.VirtualAliasDomains).Contains(host, StringComparer.OrdinalIgnoreCase);

    private static bool IsOwnAddress(IPAddress address, ParameterSet main)
    {
        try
        {
            return OwnAddresses.Load(main).All.Contains(address);
        }
        catch (ConfigurationException)
        {
            return false; // inet_interfaces is wrong, which is told elsewhere
        }
    }

    /// <summary>The number of the port at the end of an address; 25 when there is none.</summary>
    public static string PortOf(string text)
    {
        var colon = text.LastIndexOf(':');
        var port = text[(colon + 1)..];
        return port switch
        {
            "" or "smtp" => SmtpPort,
            "submission" => "587",
            "submissions" or "smtps" => "465",
            _ => int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : port,
        };
    }
}
