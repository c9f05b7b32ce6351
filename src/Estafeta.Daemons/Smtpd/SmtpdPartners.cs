using Estafeta.Net.Dns;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.QueueControl;
using Estafeta.Services.TlsManagement;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The services of other processes that the SMTP server works with. Made by whoever composes the process.</summary>
public sealed record SmtpdPartners(ICleanup Cleanup)
{
    /// <summary>verify(8), for reject_unverified_sender and reject_unverified_recipient.</summary>
    public IAddressVerifier? Verifier { get; init; }

    /// <summary>flush(8), for ETRN.</summary>
    public SiteFlusher? FlushSite { get; init; }

    /// <summary>tlsmgr(8), for ticket keys that all processes share.</summary>
    public ITlsManager? TlsManager { get; init; }

    /// <summary>anvil(8), for the smtpd_client_*_limit parameters.</summary>
    public ClientCounters? Counters { get; init; }

    /// <summary>The name service; null: this machine's, by /etc/resolv.conf.</summary>
    public DnsResolver? Resolver { get; init; }

    /// <summary>Nobody waits at the other end: <c>sleep</c> is skipped.</summary>
    internal bool IsExplaining { get; init; }
}
