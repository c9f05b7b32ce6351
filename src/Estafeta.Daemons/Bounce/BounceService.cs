using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.Bounce;

/// <summary>
/// bounce(8), defer(8) and trace(8): decides who is told what about a message (NOTIFY and RET of RFC 3461, notify_classes), and
/// posts the notifications through cleanup. A bounce that bounces goes to the postmaster or nowhere, so there are no loops.
/// </summary>
public sealed class BounceService(
    BounceSettings settings, ICleanup cleanup, IMailLog log, Func<DateTimeOffset, string> formatDate, TimeProvider time)
{
    /// <summary>A <see cref="NotificationSender"/>.</summary>
    public async ValueTask<bool> SendAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        var sender = request.Envelope.Sender;
        if (sender.Equals(settings.DoubleBounceSender, StringComparison.OrdinalIgnoreCase))
        {
            if (request.Kind == NotificationKind.Failure)
            {
                log.Warning($"{request.QueueId}: undeliverable postmaster notification discarded");
            }
            else if (request.Kind != NotificationKind.Delay)
            {
                log.Info($"{request.QueueId}: not sending trace/success notification for double-bounce message");
            }

            return true;
        }

        if (sender.Length == 0 && request.Kind is (NotificationKind.Success or NotificationKind.Report))
        {
            log.Info($"{request.QueueId}: not sending trace/success notification for single-bounce message");
            return true;
        }

        return request.Kind switch
        {
            NotificationKind.Failure => await SendFailureAsync(request, cancellationToken),
            NotificationKind.Delay => await SendDelayAsync(request, cancellationToken),
            NotificationKind.Success => await SendToSenderAsync(request, settings.Templates.Success, DsnNotify.Success, cancellationToken),
            _ => await SendToSenderAsync(request, settings.Templates.Verify, null, cancellationToken),
        };
    }

    private async ValueTask<bool> SendFailureAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        if (request.Envelope.Sender.Length == 0)
        {
            return !settings.NotifyClasses.HasFlag(NotifyClasses.DoubleBounce)
                || await PostAsync(request, Notice(request, settings.DoubleBounceNoticeRecipient, settings.Templates.Failure, ReturnedContent.Full), cancellationToken);
        }

        var isSent = request.Envelope.Verp != null && settings.HasVerpBounces
            ? await SendVerpAsync(request, cancellationToken)
            : await SendToSenderAsync(request, settings.Templates.Failure, DsnNotify.Failure, cancellationToken);
        if (isSent && settings.NotifyClasses.HasFlag(NotifyClasses.Bounce))
        {
            // The sender knows; a copy that cannot be made is no reason to tell again.
            await PostAsync(request, Notice(request, settings.BounceNoticeRecipient, settings.Templates.Failure, ReturnedContent.Headers), cancellationToken);
        }

        return isSent;
    }

    private async ValueTask<bool> SendDelayAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        // Mail without sender is no news to the postmaster either until it bounces.
        if (request.Envelope.Sender.Length == 0)
        {
            return true;
        }

        var isSent = await SendToSenderAsync(request, settings.Templates.Delay, DsnNotify.Delay, cancellationToken);
        if (isSent && settings.NotifyClasses.HasFlag(NotifyClasses.Delay))
        {
            await PostAsync(request, Notice(request, settings.DelayNoticeRecipient, settings.Templates.Delay, ReturnedContent.Headers), cancellationToken);
        }

        return isSent;
    }

    // One bounce a recipient, to the address that names it, is what list managers look for.
    private async ValueTask<bool> SendVerpAsync(NotificationRequest request, CancellationToken cancellationToken)
    {
        foreach (var report in request.Recipients)
        {
            var one = request with { Recipients = [report] };
            var to = VerpAddress.Of(request.Envelope, report.Recipient);
            if (!await SendToSenderAsync(one, settings.Templates.Failure, DsnNotify.Failure, cancellationToken, to))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="request">What happened.</param>
    /// <param name="template">What it is called.</param>
    /// <param name="class">Recipients whose NOTIFY asks for it, or says nothing where that means yes; null is all.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="to">Where to send it; null is the sender.</param>
    private async ValueTask<bool> SendToSenderAsync(
        NotificationRequest request, BounceTemplate template, DsnNotify? @class, CancellationToken cancellationToken, string? to = null)
    {
        var sender = request.Envelope.Sender;
        var recipients = Wanted(request.Recipients, @class);
        if (sender.Length == 0 || recipients.Count == 0)
        {
            return true;
        }

        var message = new NotificationMessage(settings, request, template, time.GetUtcNow())
        {
            IsPostmasterCopy = false,
            To = to ?? sender,
            Recipients = recipients,
            Returned = ReturnedOf(request),
            FormatDate = formatDate,
        };
        return await PostAsync(request, message, cancellationToken);
    }

    private NotificationMessage Notice(NotificationRequest request, string to, BounceTemplate template, ReturnedContent returned) =>
        new(settings, request, template, time.GetUtcNow())
        {
            IsPostmasterCopy = true,
            To = to,
            Recipients = request.Recipients,
            Returned = returned == ReturnedContent.Full && IsRedacted(request) ? ReturnedContent.Headers : returned,
            FormatDate = formatDate,
        };

    private static List<RecipientReport> Wanted(IReadOnlyList<RecipientReport> reports, DsnNotify? @class)
    {
        var wanted = new List<RecipientReport>(reports.Count);
        foreach (var report in reports)
        {
            var notify = report.Recipient.Notify;
            if (@class is not { } asked || (notify & asked) != 0 || notify == DsnNotify.Unspecified)
            {
                wanted.Add(report);
            }
        }

        return wanted;
    }

    private ReturnedContent ReturnedOf(NotificationRequest request) =>
        request.Kind == NotificationKind.Failure && request.Envelope.DsnReturn != DsnReturn.Headers
        && request.ContentOctets <= settings.BounceSizeLimit && !IsRedacted(request)
            ? ReturnedContent.Full
            : ReturnedContent.Headers;

    // The notification itself may go without TLS (RFC 8689 §5).
    private bool IsRedacted(NotificationRequest request) => request.Envelope.RequireTls && settings.RedactsRequireTls;

    private async ValueTask<bool> PostAsync(NotificationRequest request, NotificationMessage message, CancellationToken cancellationToken)
    {
        var who = message.IsPostmasterCopy ? "postmaster" : "sender";
        try
        {
            await using var transaction = await cleanup.BeginAsync(Transaction(request, message), cancellationToken);
            log.Info($"{request.QueueId}: {who} {Word(request.Kind)} notification: {transaction.QueueId}");
            transaction.AddRecipient(new EnvelopeRecipient(message.To) { OriginalAddress = message.To });
            await WriteAsync(transaction, request, message, cancellationToken);
            var result = await transaction.CommitAsync(cancellationToken);
            if (result.Outcome == CleanupOutcome.Ok)
            {
                return true;
            }

            log.Warning($"{request.QueueId}: {who} notification failed to {message.To}: {(result.Text.Length > 0 ? result.Text : result.Outcome)}");
        }
        catch (IOException e)
        {
            log.Warning($"{request.QueueId}: {who} notification failed to {message.To}: {e.Message}");
        }

        return false;
    }

    private CleanupRequest Transaction(NotificationRequest request, NotificationMessage message) => new()
    {
        Sender = message.IsPostmasterCopy ? settings.DoubleBounceSender : "",
        ArrivalTime = time.GetUtcNow(),
        Service = settings.CleanupService,
        Client = ClientIdentity.Local with { IsLocal = true },
        NeedsSmtpUtf8 = request.Envelope.NeedsSmtpUtf8,
        RequireTls = request.Envelope.RequireTls && !IsRedacted(request),
        Flags = settings.CleanupFlags,
    };

    private async ValueTask WriteAsync(
        CleanupTransaction transaction, NotificationRequest request, NotificationMessage message, CancellationToken cancellationToken)
    {
        var date = formatDate(time.GetUtcNow());
        var opening = $"Received: by {settings.Myhostname} ({settings.MailName})\n\tid {transaction.QueueId}; {date}\nDate: {date}\n{(request.Envelope.IsTlsOptional ? "TLS-Required: no\n" : "")}{message.Opening()}";
        await transaction.WriteContentAsync(Encoding.UTF8.GetBytes(opening), cancellationToken);
        if (request.ContentOctets == 0)
        {
            await transaction.WriteContentAsync("\n\t--- Undelivered message unavailable ---\n"u8.ToArray(), cancellationToken);
        }
        else if (message.Returned == ReturnedContent.Full)
        {
            await transaction.WriteContentAsync(request.Head, cancellationToken);
            await transaction.WriteContentAsync(request.Body, cancellationToken);
            if (request.BodyPath is { } path)
            {
                await transaction.WriteContentOfFileAsync(path, cancellationToken);
            }
        }
        else
        {
            await transaction.WriteContentAsync(WithoutEmptyLine(request.Head), cancellationToken);
        }

        await transaction.WriteContentAsync(Encoding.UTF8.GetBytes(message.Closing()), cancellationToken);
    }

    private static ReadOnlyMemory<byte> WithoutEmptyLine(ReadOnlyMemory<byte> head) =>
        head.Length > 1 && head.Span[^1] == '\n' && head.Span[^2] == '\n' ? head[..^1] : head;

    private static string Word(NotificationKind kind) => kind switch
    {
        NotificationKind.Failure => "non-delivery",
        NotificationKind.Delay => "delay",
        _ => "delivery status",
    };
}
