namespace Estafeta.Queue.Scheduling;

/// <summary>
/// What makes a destination: the next hop; with <c>&lt;transport&gt;_destination_recipient_limit = 1</c> the recipient, so that
/// concurrency limits and rate delays hold per recipient.
/// </summary>
internal static class DestinationKey
{
    public static string For(RoutedRecipient recipient, TransportSettings settings)
    {
        if (settings.RecipientLimit != 1)
        {
            return recipient.Nexthop;
        }

        var at = recipient.Address.LastIndexOf('@');
        var local = at < 0 ? recipient.Address : recipient.Address[..at];

        // Mail for user+one and user+two ends in the same mailbox.
        var delimiter = local.Length > 1 ? local.AsSpan(1).IndexOfAny(settings.RecipientDelimiter) : -1;
        return string.Concat((delimiter >= 0 ? local[..(delimiter + 1)] : local).ToLowerInvariant(), "@", recipient.Nexthop);
    }
}
