using Estafeta.Mail.Dsn;
using Estafeta.Queue.Storage;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.QueueManager;

/// <summary>
/// The end of a delivery attempt: tells the sender what there is to tell, and removes the message, or puts it off until it is due
/// again. What the sender was told is recorded only after the notification is safe in the queue, so a crash repeats, never loses.
/// </summary>
internal sealed class MessageFinisher(
    QueueManagerSettings settings, IQueueStore store, NotificationSender notify, ProbeReporter? reportProbe, ClockGuard clock,
    IMailLog log, TimeProvider time, Action requeued)
{
    /// <summary>Does all there is to do for a message whose recipients all have a status.</summary>
    public async ValueTask FinishAsync(ActiveMessage message, CancellationToken cancellationToken)
    {
        var results = message.Results();
        if (message.Withdrawal != Withdrawal.None)
        {
            FinishWithdrawn(message, results);
            return;
        }

        if (cancellationToken.IsCancellationRequested)
        {
            // Stopping: the attempt is not over, only cut short.
            RecordDelivered(message);
            return;
        }

        if (message.Envelope.IsProbe)
        {
            await FinishProbeAsync(message, results, cancellationToken);
            return;
        }

        var isTold = await TellAsync(message, results, cancellationToken);
        if (!HasUnfinished(message, results))
        {
            if (isTold)
            {
                Remove(message);
            }
            else
            {
                Defer(message, results, isTold);
            }

            return;
        }

        var now = time.GetUtcNow();
        var isForced = message.Message.IsForceExpired;
        if (isForced || (clock.AllowsExpiry && settings.Retry.IsExpired(message.Envelope.ArrivalTime, message.Envelope.Sender, now)))
        {
            log.Info($"{message.IdText}: from=<{settings.Addresses.Of(message.Envelope.Sender)}>, status={(isForced ? "force-expired" : "expired")}, returned to sender");
            if (isTold & await TellFailureAsync(message, Deferred(message, results), cancellationToken))
            {
                Remove(message);
                return;
            }
        }
        else
        {
            await WarnAsync(message, results, now, cancellationToken);
        }

        Defer(message, results, isTold);
    }

    /// <summary>
    /// Makes known to the store which recipients have the message, while others still wait: so that a crash repeats as little as
    /// possible. Failures wait until the sender has been told.
    /// </summary>
    public void RecordDelivered(ActiveMessage message)
    {
        List<RecipientOutcome>? outcomes = null;
        foreach (var (recipient, status) in message.NewResults())
        {
            if (status.Action == DeliveryAction.Sent)
            {
                (outcomes ??= []).Add(new RecipientOutcome(recipient, status));
            }
        }

        if (outcomes != null)
        {
            store.RecordOutcomes(message.Id, outcomes);
        }
    }

    private static bool HasUnfinished(ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results)
    {
        foreach (var (_, status) in results)
        {
            if (!status.IsFinal)
            {
                return true;
            }
        }

        // Aborted deliveries leave recipients without a status.
        for (var i = 0; i < message.Envelope.Recipients.Count; i++)
        {
            if (message.IsToDo(i) && !message.IsReported(i))
            {
                return true;
            }
        }

        return false;
    }

    private static List<RecipientReport> Deferred(ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results)
    {
        var reports = new List<RecipientReport>();
        foreach (var (recipient, status) in results)
        {
            if (!status.IsFinal)
            {
                reports.AddRange(message.ReportsOf(recipient, status).Where(static r => !r.Status.IsFinal));
            }
        }

        return reports;
    }

    // False when the failure notice could not be queued; then the failed recipients are tried again.
    private async ValueTask<bool> TellAsync(
        ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results, CancellationToken cancellationToken)
    {
        var (failed, succeeded) = ToTell(message, results);
        var isTold = failed == null || await TellFailureAsync(message, failed, cancellationToken);
        if (message.Envelope.Trace != Mail.Envelopes.TraceRequest.None && results.Count > 0)
        {
            var all = results.SelectMany(result => message.ReportsOf(result.Recipient, result.Status)).ToList();
            await SendAsync(message, NotificationKind.Report, all, cancellationToken);
        }
        else if (succeeded != null)
        {
            await SendAsync(message, NotificationKind.Success, succeeded, cancellationToken);
        }

        return isTold;
    }

    // Members of an alias count each for itself, also when the alias as a whole is tried again.
    private (List<RecipientReport>? Failed, List<RecipientReport>? Succeeded) ToTell(
        ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results)
    {
        List<RecipientReport>? failed = null;
        List<RecipientReport>? succeeded = null;
        foreach (var (recipient, status) in results)
        {
            if (status.Parts == null)
            {
                Sort(recipient, status, null);
                continue;
            }

            foreach (var report in message.ReportsOf(recipient, status))
            {
                Sort(recipient, report.Status, report);
            }
        }

        return (failed, succeeded);

        void Sort(int recipient, DeliveryStatus status, RecipientReport? report)
        {
            if (status.Action == DeliveryAction.Bounced)
            {
                (failed ??= []).Add(report ?? message.ReportOf(recipient, status));
            }
            else if (status is { Action: DeliveryAction.Sent, SuccessWord: not null } && WantsSuccess(message, recipient))
            {
                (succeeded ??= []).Add(report ?? message.ReportOf(recipient, status));
            }
        }
    }

    // NOTIFY=SUCCESS, or good news after a delay warning (confirm_delay_cleared).
    private bool WantsSuccess(ActiveMessage message, int recipient)
    {
        var notify = message.Envelope.Recipients[recipient].Notify;
        return (notify & DsnNotify.Success) != 0
            || (settings.ConfirmDelayCleared && message.Message.IsDelayWarned && (notify == DsnNotify.Unspecified || (notify & DsnNotify.Delay) != 0));
    }

    private ValueTask<bool> TellFailureAsync(ActiveMessage message, List<RecipientReport> failed, CancellationToken cancellationToken) =>
        SendAsync(message, NotificationKind.Failure, failed, cancellationToken);

    private async ValueTask WarnAsync(
        ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (settings.DelayWarningTime > TimeSpan.Zero && !message.Message.IsDelayWarned
            && now >= message.Envelope.ArrivalTime + settings.DelayWarningTime
            && Deferred(message, results) is { Count: > 0 } delayed
            && await SendAsync(message, NotificationKind.Delay, delayed, cancellationToken))
        {
            store.MarkDelayWarned(message.Id);
        }
    }

    private async ValueTask<bool> SendAsync(
        ActiveMessage message, NotificationKind kind, List<RecipientReport> recipients, CancellationToken cancellationToken)
    {
        var own = message.Content == null ? await store.OpenContentAsync(message.Id, cancellationToken) : null;
        using (own)
        {
            var content = message.Content ?? own;
            return await notify(
                new NotificationRequest
                {
                    Kind = kind,
                    QueueId = message.IdText,
                    Envelope = message.Envelope,
                    Recipients = recipients,
                    Head = content?.Head ?? default,
                    Body = content?.Body ?? default,
                    BodyPath = content?.BodyPath,
                    ContentOctets = content == null ? 0 : message.Message.ContentOctets,
                },
                cancellationToken);
        }
    }

    private void Remove(ActiveMessage message)
    {
        store.Remove(message.Id);
        log.Info($"{message.IdText}: removed");
    }

    private void Defer(ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results, bool isTold)
    {
        Record(message, results, isTold);
        store.Move(message.Id, QueueName.Deferred, settings.Retry.NextAttempt(message.Envelope.ArrivalTime, time.GetUtcNow()));
    }

    // Asked once, answered once: what is temporary now is found out by the next probe.
    private async ValueTask FinishProbeAsync(
        ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results, CancellationToken cancellationToken)
    {
        foreach (var (recipient, status) in results)
        {
            if (reportProbe == null)
            {
                break;
            }

            try
            {
                await reportProbe(message.Envelope.Recipients[recipient].OriginalAddress, status, cancellationToken);
            }
            catch (IOException trouble)
            {
                log.Warning($"{message.IdText}: verify service: {trouble.Message}");
            }
        }

        Remove(message);
    }

    private void FinishWithdrawn(ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results)
    {
        if (message.Withdrawal == Withdrawal.Delete)
        {
            store.Remove(message.Id);
            return;
        }

        // Failures are found again after the release, or by the new message.
        Record(message, results, isTold: false);
        PutAside(message);
    }

    /// <summary>Moves a withdrawn message where postsuper wants it.</summary>
    public void PutAside(ActiveMessage message)
    {
        if (message.Withdrawal == Withdrawal.Hold)
        {
            store.Move(message.Id, QueueName.Hold, time.GetUtcNow());
            return;
        }

        store.Move(message.Id, QueueName.Maildrop, time.GetUtcNow());
        requeued();
    }

    private void Record(ActiveMessage message, List<(int Recipient, DeliveryStatus Status)> results, bool isTold)
    {
        var outcomes = new List<RecipientOutcome>(results.Count);
        foreach (var (recipient, status) in results)
        {
            if (status.Action != DeliveryAction.Bounced || isTold)
            {
                outcomes.Add(new RecipientOutcome(recipient, status));
            }
        }

        if (outcomes.Count > 0)
        {
            store.RecordOutcomes(message.Id, outcomes);
        }
    }
}
