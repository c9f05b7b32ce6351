namespace Estafeta.Net.Sasl.Server;

/// <summary>
/// What stands behind AUTH: Dovecot, saslauthd, or our own (smtpd_sasl_type). One per smtpd process, shared by its sessions.
/// Trouble is an <see cref="IOException"/> (454 4.7.0), never a refusal of the user.
/// </summary>
public interface ISaslServer : IAsyncDisposable
{
    /// <summary>Every mechanism on offer; smtpd filters by smtpd_sasl_security_options and smtpd_sasl_mechanism_filter.</summary>
    ValueTask<IReadOnlyList<SaslMechanism>> GetMechanismsAsync(CancellationToken cancellationToken);

    /// <summary>A new exchange; each attempt has a state of its own.</summary>
    SaslExchange Begin(string mechanism, SaslSession session);
}

/// <summary>One AUTH command: the initial response, then challenges and responses until it is decided. All in base64, as on the wire.</summary>
public abstract class SaslExchange : IAsyncDisposable
{
    /// <param name="initialResponse">Null when the client sent none; empty when it sent <c>=</c>.</param>
    public abstract ValueTask<SaslStep> StartAsync(string? initialResponse, CancellationToken cancellationToken);

    public abstract ValueTask<SaslStep> ContinueAsync(string response, CancellationToken cancellationToken);

    /// <summary>The client sent <c>*</c>, or left.</summary>
    public abstract ValueTask DisposeAsync();
}

public enum SaslOutcome
{
    /// <summary>Send 334 with the challenge.</summary>
    Continue,
    Succeeded,

    /// <summary>535 5.7.8.</summary>
    Failed,

    /// <summary>454 4.7.0: the back end is in trouble.</summary>
    TemporaryFailure,
}

/// <param name="Outcome">How it goes on.</param>
/// <param name="Text">Challenge in base64, user name, or the reason for the log; empty when there is none.</param>
/// <param name="User">Who it was that failed, where that is known.</param>
public readonly record struct SaslStep(SaslOutcome Outcome, string Text, string? User = null);

/// <summary>What a back end may want to know of the connection.</summary>
public sealed record SaslSession
{
    /// <summary>smtpd_sasl_service.</summary>
    public string Service { get; init; } = "smtp";

    public string ServerAddress { get; init; } = "";

    public string ClientAddress { get; init; } = "";

    public int ClientPort { get; init; }

    public bool IsEncrypted { get; init; }

    /// <summary>The value of tls-exporter (RFC 9266) for -PLUS mechanisms; null when there is none.</summary>
    public byte[]? ChannelBinding { get; init; }

    /// <summary>Of the client's certificate and of its public key, by smtpd_tls_fingerprint_digest; empty when it showed none.</summary>
    public IReadOnlyList<string> CertificateFingerprints { get; init; } = [];
}
