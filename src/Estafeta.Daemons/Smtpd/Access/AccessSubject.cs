using Estafeta.Net.Tls;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// All that restrictions may know about a session, kept up to date by it. Its own type so that <c>estafeta explain</c> can ask the
/// same restrictions about a session that never was.
/// </summary>
internal sealed class AccessSubject
{
    public required ClientPeer Peer { get; set; }

    /// <summary>How log lines show addresses.</summary>
    public required LoggedAddressForm AddressForm { get; init; }

    /// <summary>Null before HELO.</summary>
    public string? Helo { get; set; }

    public bool IsExtended { get; set; }

    /// <summary>Internal form; null before MAIL.</summary>
    public string? Sender { get; set; }

    /// <summary>Internal form; null outside RCPT and VRFY.</summary>
    public string? Recipient { get; set; }

    public int RecipientCount { get; set; }

    /// <summary>SIZE=, or the real size at the end of the message.</summary>
    public long Size { get; set; }

    public string? EtrnDomain { get; set; }

    public string? QueueId { get; set; }

    public bool HasPipelinedIllegally { get; set; }

    /// <summary>Names the mail transaction to policy services: the same for all their questions about it.</summary>
    public string Instance { get; set; } = "";

    /// <summary>Null in the clear.</summary>
    public TlsParameters? Tls { get; set; }

    public string SaslMethod { get; set; } = "";

    public string SaslUsername { get; set; } = "";

    public string SaslSender { get; set; } = "";

    public bool IsEncrypted => Tls != null;

    /// <summary>The client's certificate was verified against a certificate authority of ours.</summary>
    public bool IsCertificateTrusted => Tls is { IsPeerVerified: true };

    /// <summary>Fingerprints of the client's certificate and of its public key, in that order.</summary>
    public IReadOnlyList<string> CertificateFingerprints { get; set; } = [];

    /// <summary>What happens now, as log lines and policy requests name it: CONNECT, EHLO, RCPT, END-OF-MESSAGE…</summary>
    public string Stage { get; set; } = "CONNECT";

    public string Protocol => IsExtended ? "ESMTP" : "SMTP";
}
