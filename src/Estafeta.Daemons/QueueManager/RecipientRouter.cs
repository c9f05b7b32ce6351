using Estafeta.Mail.Dsn;
using Estafeta.Queue.Scheduling;
using Estafeta.Services.Delivery;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// Decides for each recipient which transport delivers it and where to: the address resolver, unless a content filter takes the
/// whole message; <c>error</c> and <c>retry</c> stand in where there is no delivery.
/// </summary>
internal sealed class RecipientRouter(QueueManagerSettings settings, IAddressResolver resolver, IAddressResolver probeResolver, DeliveryLog log, Func<int> probesUnderWay, TimeProvider time)
{
    private static readonly DeliveryStatus Expired = DeliveryStatus.Deferred("4.7.0", "message is administratively expired");
    private static readonly DeliveryStatus Discarded = DeliveryStatus.Sent("2.0.0", "undeliverable postmaster notification discarded");

    public const string ErrorTransport = "error";
    public const string RetryTransport = "retry";

    /// <summary>Routes the next recipients of the message that are to be delivered, at most so many.</summary>
    public async ValueTask<List<RoutedRecipient>> RouteAsync(ActiveMessage message, int most, CancellationToken cancellationToken)
    {
        var recipients = message.Envelope.Recipients;
        var routed = new List<RoutedRecipient>(Math.Min(recipients.Count, most));
        while (message.NextRecipient < recipients.Count && routed.Count < most)
        {
            var index = message.NextRecipient++;
            if (message.Message.IsForceExpired)
            {
                Expire(message, index);
            }
            else if (message.IsToDo(index) && await RouteAsync(message, index, recipients[index].Address, cancellationToken) is { } route)
            {
                message.SetAddress(index, route.Address);
                routed.Add(route);
            }
        }

        return routed;
    }

    /// <summary>How many recipients from here on are to be delivered.</summary>
    public static int CountUnread(ActiveMessage message)
    {
        var count = 0;
        for (var i = message.NextRecipient; i < message.Envelope.Recipients.Count; i++)
        {
            count += message.IsToDo(i) ? 1 : 0;
        }

        return count;
    }

    private async ValueTask<RoutedRecipient?> RouteAsync(ActiveMessage message, int index, string address, CancellationToken cancellationToken)
    {
        if (message.Envelope.IsProbe && probesUnderWay() > settings.ProbeLimit)
        {
            return new RoutedRecipient(index, RetryTransport, "4.3.2 Too many address verification requests", address);
        }

        if (message.Envelope.ContentFilter is { Length: > 0 } filter)
        {
            return Filter(index, filter, address, message.IsFlush);
        }

        var resolved = await (message.Envelope.IsProbe ? probeResolver : resolver).ResolveAsync(message.Envelope.Sender, address, cancellationToken);
        if (resolved.Class == AddressClass.Local && IsDoubleBounce(resolved.Recipient))
        {
            Discard(message, index, resolved.Recipient);
            return null;
        }

        return resolved.Class switch
        {
            AddressClass.Trouble => new RoutedRecipient(index, RetryTransport, resolved.Error ?? "4.3.0 address resolver failure", address),
            AddressClass.Invalid => new RoutedRecipient(index, ErrorTransport, resolved.Error ?? "5.1.3 bad address syntax", address),
            _ => Deferred(new RoutedRecipient(index, resolved.Transport, resolved.Nexthop, resolved.Recipient), message.IsFlush),
        };
    }

    // postsuper -e: no more attempts; the sender is told why the last one failed.
    private static void Expire(ActiveMessage message, int index)
    {
        if (message.IsToDo(index))
        {
            message.Report(index, message.Message.Outcomes[index] ?? Expired);
        }
    }

    private bool IsDoubleBounce(string address)
    {
        var sender = settings.DoubleBounceSender;
        return address.Length > sender.Length && address[sender.Length] == '@' && address.StartsWith(sender, StringComparison.OrdinalIgnoreCase);
    }

    // Here, so that undeliverable notices end without a local delivery agent.
    private void Discard(ActiveMessage message, int index, string address)
    {
        var now = time.GetUtcNow();
        var recipient = new DeliveryRecipient(index, address) { OriginalAddress = message.Envelope.Recipients[index].OriginalAddress };
        var request = new DeliveryRequest
        {
            QueueId = message.IdText,
            Transport = "",
            Nexthop = "",
            Sender = message.Envelope.Sender,
            Recipients = [recipient],
            ArrivalTime = message.Envelope.ArrivalTime,
            ActiveTime = message.ActiveTime,
        };
        log.Write(request, recipient, Discarded, new DeliveryTimes(now, null, now));
        message.Report(index, Discarded);
    }

    // transport:nexthop of content_filter or a FILTER action (access(5)).
    private RoutedRecipient Filter(int index, string filter, string address, bool isFlush)
    {
        var colon = filter.IndexOf(':', StringComparison.Ordinal);
        var transport = colon < 0 ? filter : filter[..colon];
        var nexthop = colon < 0 ? "" : filter[(colon + 1)..];
        if (nexthop.Length == 0)
        {
            nexthop = settings.DefaultFilterNexthop.Length > 0 ? settings.DefaultFilterNexthop : address[(address.LastIndexOf('@') + 1)..];
        }

        return Deferred(new RoutedRecipient(index, transport, nexthop, address), isFlush);
    }

    private RoutedRecipient Deferred(RoutedRecipient route, bool isFlush) =>
        !isFlush && settings.DeferTransports.Contains(route.Transport)
            ? route with { Transport = RetryTransport, Nexthop = "4.3.2 deferred transport" }
            : route;
}
