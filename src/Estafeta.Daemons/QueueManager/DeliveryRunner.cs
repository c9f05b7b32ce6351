using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Scheduling;
using Estafeta.Queue.Storage;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// One delivery: makes the request, calls the transport's agent, and sees that every recipient has a status afterwards. Whatever
/// goes wrong on our side is a deferral, logged by the retry agent as in Postfix.
/// </summary>
internal sealed class DeliveryRunner(
    QueueManagerSettings settings, IQueueStore store, Func<string, IDeliveryAgent> agentFor, DeliveryLog log, TimeProvider time)
{
    private const int Attempts = 2;

    private static readonly DeliveryStatus TransportUnavailable = DeliveryStatus.Deferred("4.3.0", "mail transport unavailable");
    private static readonly DeliveryStatus UnknownError = DeliveryStatus.Deferred("4.3.0", "unknown mail transport error");

    /// <summary>Delivers an entry, or defers it when its destination is dead. Does not throw.</summary>
    public async ValueTask<DeliveryOutcome> RunAsync(DeliveryEntry entry, CancellationToken cancellationToken)
    {
        var message = (ActiveMessage)entry.Message;
        if (entry.Suspended is { } reason)
        {
            await DeferAsync(message, entry.Recipients, reason, cancellationToken);
            return default;
        }

        IReadOnlyList<RoutedRecipient>? recipients = entry.Recipients;
        for (var attempt = 1; attempt <= Attempts && recipients != null; attempt++)
        {
            try
            {
                return await DeliverAsync(message, entry, recipients, cancellationToken);
            }
            catch (TransportUnavailableException e)
            {
                log.Log.Warning($"connect to transport private/{entry.Transport}: {e.Message}");
                await DeferAsync(message, recipients, TransportUnavailable, cancellationToken);
                return new DeliveryOutcome(null, TransportUnavailable);
            }
            catch (IOException e)
            {
                // The agent's process died or was replaced; master starts another. The rest of the recipients are worth one more try.
                if (attempt == Attempts)
                {
                    log.Log.Warning($"{message.IdText}: transport private/{entry.Transport}: {e.Message}");
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Stopping: what was not reported stays in the queue as it was.
                return new DeliveryOutcome(null, null, IsAborted: true);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Our fault, whatever it is: never the recipient's.
                log.Log.Error($"{message.IdText}: transport {entry.Transport}: {e}");
                break;
            }

            recipients = Unreported(message, recipients);
        }

        // That says nothing about the destination.
        await DeferAsync(message, entry.Recipients, UnknownError, cancellationToken);
        return default;
    }

    private async ValueTask<DeliveryOutcome> DeliverAsync(
        ActiveMessage message, DeliveryEntry entry, IReadOnlyList<RoutedRecipient> recipients, CancellationToken cancellationToken)
    {
        var own = message.Content == null ? await store.OpenContentAsync(message.Id, cancellationToken) : null;
        using (own)
        {
            if ((message.Content ?? own) is not { } content)
            {
                throw new IOException("message content is gone");
            }

            var request = Request(message, entry.Transport, entry.Nexthop, recipients) with
            {
                DestinationIsBusy = entry.DestinationIsBusy,
                ContentOctets = message.Message.ContentOctets,
                Head = content.Head,
                Body = content.Body,
                BodyPath = content.BodyPath,
                BodyOctets = content.BodyOctets,
            };
            var end = await agentFor(entry.Transport).DeliverAsync(
                request,
                (index, status) =>
                {
                    message.Report(index, Soften(status));
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
            await DeferAsync(message, recipients, end.DestinationFailure ?? UnknownError, cancellationToken);
            return new DeliveryOutcome(end.DestinationFailure, null);
        }
    }

    /// <summary>Gives the recipients that have no status yet this one, through the agent that logs it.</summary>
    private async ValueTask DeferAsync(
        ActiveMessage message, IReadOnlyList<RoutedRecipient> recipients, DeliveryStatus reason, CancellationToken cancellationToken)
    {
        if (Unreported(message, recipients) is not { } rest)
        {
            return;
        }

        var request = Request(message, RecipientRouter.RetryTransport, $"{reason.Status} {reason.Reason}", rest);
        try
        {
            await agentFor(RecipientRouter.RetryTransport).DeliverAsync(
                request,
                (index, status) =>
                {
                    message.Report(index, status);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
        }
        catch (IOException e)
        {
            log.Log.Warning($"connect to transport private/retry: {e.Message}");
        }

        var now = time.GetUtcNow();
        foreach (var recipient in Unreported(message, rest) ?? [])
        {
            log.Write(request, Recipient(message, recipient), reason, new DeliveryTimes(now, null, now));
            message.Report(recipient.Index, reason);
        }
    }

    // Almost always none, so nothing is made for it.
    private static List<RoutedRecipient>? Unreported(ActiveMessage message, IReadOnlyList<RoutedRecipient> recipients)
    {
        List<RoutedRecipient>? rest = null;
        for (var i = 0; i < recipients.Count; i++)
        {
            if (!message.IsReported(recipients[i].Index))
            {
                (rest ??= []).Add(recipients[i]);
            }
        }

        return rest;
    }

    private static DeliveryRecipient Recipient(ActiveMessage message, RoutedRecipient route)
    {
        var recipient = message.Envelope.Recipients[route.Index];
        return new DeliveryRecipient(route.Index, route.Address)
        {
            OriginalAddress = recipient.OriginalAddress,
            Notify = recipient.Notify,
            DsnOriginalRecipient = recipient.DsnOriginalRecipient,
        };
    }

    private static DeliveryRequest Request(ActiveMessage message, string transport, string nexthop, IReadOnlyList<RoutedRecipient> routes)
    {
        var envelope = message.Envelope;
        var recipients = new DeliveryRecipient[routes.Count];
        for (var i = 0; i < recipients.Length; i++)
        {
            recipients[i] = Recipient(message, routes[i]);
        }

        return new DeliveryRequest
        {
            QueueId = message.IdText,
            Transport = transport,
            Nexthop = nexthop,
            Sender = routes.Count == 1 ? VerpAddress.Of(envelope, envelope.Recipients[routes[0].Index]) : envelope.Sender,
            Recipients = recipients,
            ArrivalTime = envelope.ArrivalTime,
            ActiveTime = message.ActiveTime,
            Client = envelope.Client,
            DsnEnvelopeId = envelope.DsnEnvelopeId,
            DsnReturn = envelope.DsnReturn,
            Is8Bit = envelope.Is8Bit,
            NeedsSmtpUtf8 = envelope.NeedsSmtpUtf8,
            RequireTls = envelope.RequireTls,
            IsTlsOptional = envelope.IsTlsOptional,
            Trace = envelope.Trace,
            IsProbe = envelope.IsProbe,
        };
    }

    // The safety net of soft_bounce: an agent that does not know of it must not make a bounce either.
    private DeliveryStatus Soften(DeliveryStatus status) => settings.SoftBounce && status.Action == DeliveryAction.Bounced
        ? status with { Action = DeliveryAction.Deferred, Status = status.Status.WithClass(4) }
        : status;
}

/// <param name="DestinationFailure">Negative feedback for the destination.</param>
/// <param name="TransportFailure">The transport's agent is not there.</param>
/// <param name="IsAborted">Stopped before the end: the message stays as it was.</param>
internal readonly record struct DeliveryOutcome(DeliveryStatus? DestinationFailure, DeliveryStatus? TransportFailure, bool IsAborted = false);
