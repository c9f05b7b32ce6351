using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Services.Notifications;

/// <summary>What the sender (and, by notify_classes, the postmaster) is told about a message: the work of bounce(8), defer(8) and trace(8).</summary>
public enum NotificationKind
{
    /// <summary>Undelivered Mail Returned to Sender.</summary>
    Failure,

    /// <summary>Delayed Mail (still being retried).</summary>
    Delay,

    /// <summary>Successful Mail Delivery Report (NOTIFY=SUCCESS, confirm_delay_cleared).</summary>
    Success,

    /// <summary>Mail Delivery Status Report (sendmail -bv and -v).</summary>
    Report,
}

/// <summary>One notification to make. The content belongs to the caller and is valid until the call returns.</summary>
public sealed record NotificationRequest
{
    public required NotificationKind Kind { get; init; }

    public required string QueueId { get; init; }

    public required Envelope Envelope { get; init; }

    /// <summary>In the order their fate became known.</summary>
    public required IReadOnlyList<RecipientReport> Recipients { get; init; }

    /// <summary>Header section with its final empty line; empty when the content cannot be read.</summary>
    public ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>Empty when <see cref="BodyPath"/> is set.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Relative to the queue directory.</summary>
    public string? BodyPath { get; init; }

    public long ContentOctets { get; init; }
}

/// <param name="Recipient">The recipient as the envelope has it; its DSN wishes decide whether it is mentioned.</param>
/// <param name="Address">Where delivery was tried.</param>
/// <param name="Status">What became of it.</param>
public sealed record RecipientReport(EnvelopeRecipient Recipient, string Address, DeliveryStatus Status);

/// <summary>
/// Sends a notification through cleanup, or finds that none is wanted. False when it has to be tried again later; the reason is
/// logged. The bounce service is the one implementation; queue manager and tests know only this.
/// </summary>
public delegate ValueTask<bool> NotificationSender(NotificationRequest request, CancellationToken cancellationToken);
