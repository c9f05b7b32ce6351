using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Queue.Administration;

/// <summary>A message as mailq shows it: addresses are as they are written in mail.</summary>
public sealed record ListedMessage
{
    /// <summary><c>active</c>, <c>deferred</c>…; <c>maildrop</c> for what pickup has not seen yet.</summary>
    public required string Queue { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset ArrivalTime { get; init; }

    public required long Octets { get; init; }

    public bool IsForceExpired { get; init; }

    /// <summary>Empty for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>Recipients that are not done with.</summary>
    public required IReadOnlyList<ListedRecipient> Recipients { get; init; }

    /// <summary>A message pickup has not taken yet.</summary>
    public static ListedMessage InMaildrop(string name, DateTimeOffset time, long octets, string sender, IReadOnlyList<string> recipients) => new()
    {
        Queue = "maildrop",
        Id = name,
        ArrivalTime = time,
        Octets = octets,
        Sender = Written(sender),
        Recipients = [.. recipients.Select(r => new ListedRecipient(Written(r), "", null, false))],
    };

    /// <summary>An address in internal form as it is shown; none stays none.</summary>
    public static string Written(string address) => address.Length == 0 ? "" : LocalPart.Quote(address);
}

/// <param name="Address">The recipient.</param>
/// <param name="OriginalAddress">As given; may be empty.</param>
/// <param name="Reason">Why it is still here; null when not tried yet.</param>
/// <param name="IsBounced">The reason is that of a failure the sender has not been told yet.</param>
public sealed record ListedRecipient(string Address, string OriginalAddress, string? Reason, bool IsBounced)
{
    public static ListedRecipient From(EnvelopeRecipient recipient, DeliveryStatus? status) =>
        new(ListedMessage.Written(recipient.Address), ListedMessage.Written(recipient.OriginalAddress), status?.Reason, status?.Action == DeliveryAction.Bounced);
}
