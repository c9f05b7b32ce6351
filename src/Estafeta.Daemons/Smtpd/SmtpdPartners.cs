using Estafeta.Services.Cleaning;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Verification;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The services of other processes that the SMTP server works with. Made by whoever composes the process.</summary>
public sealed record SmtpdPartners(ICleanup Cleanup)
{
    /// <summary>verify(8), for reject_unverified_sender and reject_unverified_recipient.</summary>
    public IAddressVerifier? Verifier { get; init; }

    /// <summary>anvil(8), for the smtpd_client_*_limit parameters.</summary>
    public ClientCounters? Counters { get; init; }
}
