using System.Net;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>A session that never was: what <c>estafeta explain</c> asks about.</summary>
public sealed record ExplainRequest
{
    public required IPAddress Client { get; init; }

    /// <summary>The client's name, taken for verified; null: the name service is asked, as for a live client.</summary>
    public string? ClientName { get; init; }

    /// <summary>What EHLO says; null: the client's name, or its address in brackets.</summary>
    public string? Helo { get; init; }

    /// <summary>Who has logged in; empty for nobody.</summary>
    public string Login { get; init; } = "";

    /// <summary>The session is under TLS.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Fingerprint of the client's certificate or of its public key; empty for none.</summary>
    public string CertificateFingerprint { get; init; } = "";

    /// <summary>That certificate was verified.</summary>
    public bool IsCertificateTrusted { get; init; }

    /// <summary>As in MAIL FROM, without the brackets; empty for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>As in RCPT TO, without the brackets.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>Octets; 0 when it is not to be told.</summary>
    public long Size { get; init; }
}
