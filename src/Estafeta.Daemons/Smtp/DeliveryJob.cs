using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// One delivery request on its way: which recipients still wait for a server, and how their fate is recorded. A temporary failure at a
/// server that is not the last leaves the recipients waiting for the next one.
/// </summary>
internal sealed class DeliveryJob(DeliveryRequest request, OutcomeRecorder recorder, DeliveryReporter report, bool logsTls, TimeProvider time)
{
    private readonly List<DeliveryRecipient> _remaining = [.. request.Recipients];

    public DeliveryRequest Request => request;

    public DateTimeOffset Started { get; } = time.GetUtcNow();

    /// <summary>When the connection was ready or given up; <c>delays=…/c/…</c>.</summary>
    public DateTimeOffset? Connected { get; set; }

    /// <summary>Recipients nobody has taken or refused yet, in order.</summary>
    public IReadOnlyList<DeliveryRecipient> Remaining => _remaining;

    /// <summary>The server now tried is the last one there is.</summary>
    public bool IsLastServer { get; set; }

    /// <summary><c>tls=</c> when no session was made; null, as long as no server was found, omits the field.</summary>
    public string? TlsStatusWithoutSession { get; set; }

    /// <summary>What the queue manager is told about the destination as a whole.</summary>
    public DeliveryStatus? DestinationFailure { get; private set; }

    public void MarkConnected() => Connected = time.GetUtcNow();

    public ValueTask CompleteAsync(DeliveryRecipient recipient, DeliveryStatus status, SmtpSession session, CancellationToken cancellationToken)
    {
        _remaining.Remove(recipient);
        return RecordAsync(recipient, status, session, cancellationToken);
    }

    /// <summary>Another agent had this recipient, and logged its fate.</summary>
    public ValueTask CompletePassedAsync(DeliveryRecipient recipient, DeliveryStatus status)
    {
        _remaining.Remove(recipient);
        return report(recipient.Index, status);
    }

    /// <summary>One recipient was refused by a server.</summary>
    public async ValueTask FailAsync(DeliveryRecipient recipient, SessionFailure failure, SmtpSession session, CancellationToken cancellationToken)
    {
        if (!failure.IsPermanent && !IsLastServer)
        {
            recorder.Log.Log.Info($"{request.QueueId}: {failure.Status.Reason}");
            return;
        }

        await CompleteAsync(recipient, failure.Status, session, cancellationToken);
    }

    /// <summary>These recipients, or all that remain, failed together: one log line when they are to be tried elsewhere.</summary>
    public async ValueTask FailTogetherAsync(
        IReadOnlyList<DeliveryRecipient> recipients, SessionFailure failure, SmtpSession? session, CancellationToken cancellationToken)
    {
        if (!failure.IsPermanent && !IsLastServer && session != null)
        {
            recorder.Log.Log.Info($"{request.QueueId}: {failure.Status.Reason}");
            return;
        }

        foreach (var recipient in recipients.ToArray())
        {
            _remaining.Remove(recipient);
            await RecordAsync(recipient, failure.Status, session, cancellationToken);
        }

        if (failure.IsDestinationWide && !failure.IsPermanent)
        {
            DestinationFailure ??= failure.Status;
        }
    }

    private ValueTask RecordAsync(DeliveryRecipient recipient, DeliveryStatus status, SmtpSession? session, CancellationToken cancellationToken) =>
        recorder.RecordAsync(
            request,
            recipient,
            session == null ? status : status with { Relay = session.Server.Relay },
            Started,
            Connected,
            report,
            cancellationToken,
            new DeliveryLogDetails(session?.Uses ?? 0, logsTls ? session == null ? TlsStatusWithoutSession : session.TlsStatus + session.Demand.LogWord(session) : null));
}
