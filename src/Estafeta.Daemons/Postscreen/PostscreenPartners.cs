using Estafeta.Net.Dns;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Daemons.Postscreen;

/// <summary>The services of others that postscreen works with. Made by whoever composes the process.</summary>
public sealed record PostscreenPartners
{
    /// <summary>tlsmgr(8), for ticket keys that all processes share.</summary>
    public ITlsManager? TlsManager { get; init; }

    /// <summary>The name service; null: this machine's, by /etc/resolv.conf.</summary>
    public DnsResolver? Resolver { get; init; }
}
