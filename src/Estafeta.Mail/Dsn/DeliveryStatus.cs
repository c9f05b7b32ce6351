namespace Estafeta.Mail.Dsn;

public enum DeliveryAction
{
    /// <summary>Delivered, or handed to the next hop.</summary>
    Sent,

    /// <summary>Try again later.</summary>
    Deferred,

    /// <summary>Never going to work; the sender hears of it.</summary>
    Bounced,

    /// <summary>An address probe or <c>sendmail -bv</c> found that delivery would work.</summary>
    Deliverable,

    /// <summary>An address probe or <c>sendmail -bv</c> found that delivery would not work.</summary>
    Undeliverable,
}

/// <summary>
/// What became of one recipient in one delivery attempt. The one delivery status of the whole system: agents make it,
/// the queue keeps it, the log line, the mail queue listing and the bounce message are printed from it.
/// </summary>
/// <param name="Action">What to do with the recipient.</param>
/// <param name="Status">RFC 3463 code; its class agrees with the action.</param>
/// <param name="Reason">The text in the parentheses of the log line.</param>
public sealed record DeliveryStatus(DeliveryAction Action, EnhancedStatus Status, string Reason)
{
    /// <summary>The <c>relay=</c> of the log line: <c>mx.example.net[192.0.2.1]:25</c>, <c>local</c>, <c>none</c>.</summary>
    public string Relay { get; init; } = "none";

    /// <summary>Host name for Remote-MTA (RFC 3464 §2.3.5); null when no remote system gave the answer.</summary>
    public string? RemoteMta { get; init; }

    /// <summary><c>smtp</c>, <c>x-unix</c> or, when null, <c>X-Postfix</c> (Diagnostic-Code, RFC 3464 §2.3.6).</summary>
    public string? DiagnosticType { get; init; }

    /// <summary>The remote system's own words; the reason is used when null.</summary>
    public string? Diagnostic { get; init; }

    /// <summary>
    /// For <see cref="DeliveryAction.Sent"/>: the DSN action word of a success report: <c>relayed</c>, <c>delivered</c>, <c>expanded</c>.
    /// </summary>
    public string? SuccessWord { get; init; }

    /// <summary>What the sender is told of in the place of this, where the recipient had many fates; null where it had one. The queue does not keep it.</summary>
    public IReadOnlyList<DeliveryPart>? Parts { get; init; }

    public bool IsFinal => Action != DeliveryAction.Deferred;

    public static DeliveryStatus Sent(string status, string reason) =>
        new(DeliveryAction.Sent, EnhancedStatus.Parse(status), reason);

    public static DeliveryStatus Deferred(string status, string reason) =>
        new(DeliveryAction.Deferred, EnhancedStatus.Parse(status).WithClass(4), reason);

    public static DeliveryStatus Bounced(string status, string reason) =>
        new(DeliveryAction.Bounced, EnhancedStatus.Parse(status).WithClass(5), reason);
}
