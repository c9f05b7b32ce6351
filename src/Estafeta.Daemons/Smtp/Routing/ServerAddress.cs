using System.Globalization;
using System.Net;

namespace Estafeta.Daemons.Smtp;

/// <summary>One place to connect to: a host under one of its addresses, or a UNIX socket.</summary>
/// <param name="HostName">Name the address belongs to: the MX host, or the address itself when it was given as a literal.</param>
/// <param name="EndPoint">TCP end point; null for a UNIX socket.</param>
internal sealed record ServerAddress(string HostName, IPEndPoint? EndPoint)
{
    /// <summary>UNIX socket, as given: relative to the queue directory.</summary>
    public string? SocketPath { get; init; }

    /// <summary>MX preference.</summary>
    public int Preference { get; init; }

    /// <summary>The address records were validated by DNSSEC (DANE).</summary>
    public bool IsHostAuthentic { get; init; }

    /// <summary>The name the address records belong to: the host name, or where its CNAMEs lead.</summary>
    public string CanonicalName { get; init; } = HostName;

    public string AddressText => SocketPath ?? EndPoint!.Address.ToString(); // one of the two is set

    /// <summary><c>mx.example.net[192.0.2.1]</c></summary>
    public string NameAndAddress => $"{HostName}[{AddressText}]";

    /// <summary><c>mx.example.net[192.0.2.1]:25</c>, the <c>relay=</c> of log lines; a UNIX socket has no port.</summary>
    public string Relay => EndPoint == null
        ? NameAndAddress
        : string.Create(CultureInfo.InvariantCulture, $"{NameAndAddress}:{EndPoint.Port}");
}
