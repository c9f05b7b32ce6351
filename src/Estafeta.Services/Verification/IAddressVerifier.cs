namespace Estafeta.Services.Verification;

/// <summary>
/// verify(8): whether mail to an address would be delivered, as found by probes and remembered. smtpd asks over the wire, the
/// service answers from its cache and starts a probe when it has to.
/// </summary>
public interface IAddressVerifier
{
    /// <param name="address">Rewritten, internal form.</param>
    ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken);
}

public enum VerificationOutcome
{
    /// <summary>A probe is under way; ask again (address_verify_poll_count, address_verify_poll_delay).</summary>
    InProgress,
    Deliverable,

    /// <summary>The last probe ended with a temporary failure.</summary>
    Deferred,
    Undeliverable,
}

/// <param name="Outcome">What is known.</param>
/// <param name="Text">Enhanced status and reason of the last probe; what the client is told.</param>
public readonly record struct VerificationAnswer(VerificationOutcome Outcome, string Text)
{
    public static readonly VerificationAnswer InProgress = new(VerificationOutcome.InProgress, "Address verification in progress");
}
