using Estafeta.Mail.Dsn;

namespace Estafeta.Services.Delivery;

/// <summary>
/// A delivery agent: smtp, lmtp, local, virtual, pipe, error, discard. Called directly in its own process; the queue manager
/// reaches agents of other processes through the same interface over the wire. Exceptions mean "our fault": the recipients not
/// yet reported are deferred.
/// </summary>
public interface IDeliveryAgent
{
    /// <summary>Delivers, logs one line per recipient, and reports each recipient exactly once, as early as its fate is known.</summary>
    ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken);
}

/// <summary>Takes the status of the recipient with this index. Never blocks long.</summary>
public delegate ValueTask DeliveryReporter(int recipientIndex, DeliveryStatus status);

/// <param name="DestinationFailure">
/// Set when the destination as a whole could not be used (no connection, bad greeting): negative concurrency feedback, and the reason
/// other recipients of it are deferred with. Null is positive feedback.
/// </param>
public readonly record struct DeliveryEnd(DeliveryStatus? DestinationFailure)
{
    public static readonly DeliveryEnd Good;
}
