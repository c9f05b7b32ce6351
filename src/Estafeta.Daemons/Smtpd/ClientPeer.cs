using System.Net;
using System.Net.Sockets;
using Estafeta.Services.Clients;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The two ends of a connection as this server sees them: from the socket, a proxy's header, or XCLIENT.</summary>
internal sealed record ClientPeer
{
    /// <summary>Verified name, or <c>unknown</c>.</summary>
    public string Name { get; init; } = ClientName.Unknown;

    /// <summary>What the PTR record says, verified or not, or <c>unknown</c>.</summary>
    public string ReverseName { get; init; } = ClientName.Unknown;

    /// <summary>The names were given, and are not to be looked up.</summary>
    public bool IsNamed { get; init; }

    public ClientNameStatus NameStatus { get; init; } = ClientNameStatus.Ok;

    public ClientNameStatus ReverseNameStatus { get; init; } = ClientNameStatus.Ok;

    public required string Address { get; init; }

    /// <summary>Null only for XCLIENT ADDR=[UNAVAILABLE].</summary>
    public required IPAddress? IPAddress { get; init; }

    public string Port { get; init; } = "unknown";

    public string ServerAddress { get; init; } = "unknown";

    public string ServerPort { get; init; } = "unknown";

    /// <summary><c>name[address]</c>: how every log line names the client; with <c>:port</c> under smtpd_client_port_logging.</summary>
    public string NameAddress { get; init; } = "";

    /// <summary>The address as in Received and EHLO arguments: <c>IPv6:…</c> for IPv6 (RFC 5321 §4.1.3).</summary>
    public string MailAddress => IPAddress?.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6:" + Address : Address;

    public ClientPeer WithNames(bool logPort) => this with
    {
        NameAddress = logPort ? $"{Name}[{Address}]:{Port}" : $"{Name}[{Address}]",
    };

    public static ClientPeer From(ConnectionEnds ends) => new()
    {
        Address = Text(ends.Client.Address),
        IPAddress = ConnectionEnds.Plain(ends.Client.Address),
        Port = ends.Client.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ServerAddress = ends.Server == null ? "unknown" : Text(ends.Server.Address),
        ServerPort = ends.Server == null ? "unknown" : ends.Server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static string Text(IPAddress address) => ConnectionEnds.Plain(address).ToString();
}
