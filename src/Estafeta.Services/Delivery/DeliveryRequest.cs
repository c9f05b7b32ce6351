using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Services.Delivery;

/// <summary>
/// One job for a delivery agent: one message, one transport, one next hop, some recipients. Made by the queue manager,
/// answered with one <see cref="DeliveryStatus"/> per recipient and a <see cref="DeliveryEnd"/>.
/// </summary>
public sealed record DeliveryRequest
{
    public required string QueueId { get; init; }

    /// <summary>master.cf service name of the agent.</summary>
    public required string Transport { get; init; }

    public required string Nexthop { get; init; }

    public required string Sender { get; init; }

    public required IReadOnlyList<DeliveryRecipient> Recipients { get; init; }

    public required DateTimeOffset ArrivalTime { get; init; }

    /// <summary>When the queue manager made the message active; <c>delays=a</c> ends here.</summary>
    public required DateTimeOffset ActiveTime { get; init; }

    public ClientIdentity Client { get; init; } = ClientIdentity.Local;

    public string? DsnEnvelopeId { get; init; }

    public DsnReturn DsnReturn { get; init; }

    public bool Is8Bit { get; init; }

    public bool NeedsSmtpUtf8 { get; init; }

    public bool RequireTls { get; init; }

    /// <summary>The message says <c>TLS-Required: No</c>: getting there matters more than how (RFC 8689 §5).</summary>
    public bool IsTlsOptional { get; init; }

    public TraceRequest Trace { get; init; }

    public bool IsProbe { get; init; }

    /// <summary>Deliveries to this destination follow each other closely: keep the connection (smtp_connection_cache_on_demand).</summary>
    public bool DestinationIsBusy { get; init; }

    /// <summary>Size of head and body in the queue.</summary>
    public long ContentOctets { get; init; }

    /// <summary>Header section with its final empty line, lines end in LF.</summary>
    public ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>The body, lines end in LF; empty when <see cref="BodyPath"/> is set. Valid until the delivery is reported.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>A file below the queue directory that holds a large body; opened read-only once.</summary>
    public string? BodyPath { get; init; }

    public long BodyOctets { get; init; }
}

/// <param name="Index">Names the recipient in reports; unique within the request.</param>
/// <param name="Address">Where to deliver, internal form.</param>
public sealed record DeliveryRecipient(int Index, string Address)
{
    public string OriginalAddress { get; init; } = "";

    public DsnNotify Notify { get; init; }

    public string? DsnOriginalRecipient { get; init; }
}
