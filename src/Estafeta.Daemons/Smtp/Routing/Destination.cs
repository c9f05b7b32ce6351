using System.Globalization;
using Estafeta.Configuration.Domains;
using Estafeta.Configuration.Interfaces;
using Estafeta.Mail.Addresses;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// One next hop as transport tables and relayhost write it: <c>domain</c>, <c>[host]</c>, <c>domain:service</c>, <c>[host]:port</c>, and for
/// LMTP <c>unix:path</c> and <c>inet:host:port</c>. A next hop may be a list of them (Postfix 3.5), tried in order.
/// </summary>
/// <param name="Text">As written; names the destination in the connection cache.</param>
/// <param name="Host">Host or domain, without brackets.</param>
/// <param name="Port">Port, already resolved.</param>
/// <param name="UsesMx">Look up MX records first.</param>
internal sealed record Destination(string Text, string Host, int Port, bool UsesMx)
{
    public string? SocketPath { get; init; }

    /// <summary>Service name or port as written; empty for the default. SRV look-ups need the name.</summary>
    public string Service { get; init; } = "";

    /// <summary>The host as DNS has it (A-labels). What is no name stays as it is, for the resolver to say so.</summary>
    public required string AsciiHost { get; init; }

    /// <summary>Splits a next hop into its destinations.</summary>
    public static IEnumerable<string> Split(string nexthop) =>
        nexthop.Split((char[])[',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Null with a reason when the text is not a destination: a configuration error.</summary>
    public static Destination? Parse(string text, RoutingSettings settings, TcpServices services, out string error)
    {
        error = "";
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) && settings.IsLmtp)
        {
            return new Destination(text, "", 0, false) { AsciiHost = "", SocketPath = text[5..] };
        }

        var rest = text.StartsWith("inet:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;
        string host;
        string port;
        var bracketed = rest.StartsWith('[');
        if (bracketed)
        {
            var close = rest.IndexOf(']', StringComparison.Ordinal);
            if (close < 0 || (close + 1 < rest.Length && rest[close + 1] != ':'))
            {
                error = $"{(close < 0 ? "missing" : "garbage after")} \"]\" in server description: {text}";
                return null;
            }

            host = rest[1..close];
            port = close + 1 < rest.Length ? rest[(close + 2)..] : "";
            host = host.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase) ? host[5..] : host;
        }
        else
        {
            var colon = rest.IndexOf(':', StringComparison.Ordinal);
            var isBareIPv6 = colon >= 0 && DomainName.TryParseIPv6(rest, out _);
            host = colon < 0 || isBareIPv6 ? rest : rest[..colon];
            port = colon < 0 || isBareIPv6 ? "" : rest[(colon + 1)..];
        }

        if (host.Length == 0)
        {
            error = $"{(bracketed ? "valid hostname or network address required" : "missing host information")} in server description: {text}";
            return null;
        }

        var service = port.Length > 0 ? port : settings.DefaultPort;
        if (services.Find(service) is not { } number)
        {
            error = char.IsAsciiDigit(service[0]) ? $"bad network port: {service} for destination: {text}" : $"unknown service: {service}/tcp";
            return null;
        }

        var isLiteral = DomainName.TryParseIPv4(host, out _) || DomainName.TryParseIPv6(host, out _);
        return new Destination(text, host, number, !bracketed && !settings.IsLmtp && !isLiteral)
        {
            AsciiHost = InternationalDomain.ToAscii(host, settings.UsesTransitionalNames) ?? host,
            Service = port,
        };
    }

    /// <summary>The default port is one nobody else listens on, so that reaching ourselves means a loop.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
