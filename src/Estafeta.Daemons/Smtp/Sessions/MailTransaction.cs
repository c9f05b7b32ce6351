using System.Globalization;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Mime;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

internal enum TransactionEnd
{
    /// <summary>The session is good for another transaction.</summary>
    Reusable,

    /// <summary>QUIT was said, or is better left unsaid.</summary>
    Closed,

    /// <summary>A kept connection turned out to be dead before anything happened: the same server deserves a new one.</summary>
    Stale,
}

/// <summary>
/// One message over one session: MAIL, RCPT…, DATA, content, end of data, and what the replies mean for each recipient. With PIPELINING
/// the commands up to DATA leave in one write and their replies are read together (RFC 2920); the content leaves with the final dot and,
/// when the connection is not kept, QUIT. "Sent" is only what was answered with 2xx after the final dot.
/// </summary>
internal sealed class MailTransaction(
    SmtpClientSettings settings, EnvelopeCommands commands, DeliveryJob job, SmtpSession session, bool keepsConnection, IMailLog log, TimeProvider time)
{
    // Commands in flight stay well below any receive buffer, so that neither side waits for the other to read.
    private const int PipelineOctets = 8 * 1024;

    /// <summary>smtp_body_checks and the like, which have seen the head already; null without.</summary>
    public CheckedContent? BodyChecks { get; init; }

    private readonly SmtpConnection _connection = session.Connection;
    private readonly Queue<Step> _inFlight = new();
    private readonly List<DeliveryRecipient> _accepted = [];
    private SessionFailure? _failure;
    private bool _isStale;
    private bool _quitSent;
    private bool _readsContent;

    /// <summary>What ended the transaction for all recipients; null when each had its own answer.</summary>
    public SessionFailure? Failure => _failure;

    private DeliveryRequest Request => job.Request;

    private bool Pipelines => session.Has(EsmtpFeatures.Pipelining);

    private bool IsProbe => Request.IsProbe || Request.Trace == Mail.Envelopes.TraceRequest.VerifyOnly;

    /// <param name="head">Header section to send.</param>
    public async ValueTask<TransactionEnd> RunAsync(ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        _connection.Replies.QueueId = Request.QueueId;
        if (settings.BlocksEarlyMailReply && session is { Tls: not null, IsReused: false } && !_connection.IsIdleAndOpen())
        {
            log.Warning($"server {session.Server.NameAndAddress} violates {(settings.IsLmtp ? "lmtp" : "smtp")}_tls_block_early_mail_reply policy");
            _failure = SessionFailure.NoReply(session.Server, ReplyFailure.Lost, "sending MAIL FROM", isDestinationWide: true);
            await job.FailTogetherAsync(Unanswered(), _failure, session, cancellationToken);
            return TransactionEnd.Closed;
        }

        await SendEnvelopeAsync(cancellationToken);
        if (_isStale)
        {
            return TransactionEnd.Stale;
        }

        if (_failure != null)
        {
            await job.FailTogetherAsync(Unanswered(), _failure, session, cancellationToken);
            return await EndEarlyAsync(cancellationToken);
        }

        if (!_readsContent)
        {
            return await EndEarlyAsync(cancellationToken);
        }

        return await SendContentAsync(head, cancellationToken);
    }

    private async ValueTask SendEnvelopeAsync(CancellationToken cancellationToken)
    {
        if (session.NeedsReset)
        {
            session.NeedsReset = false;
            await EnqueueAsync(new Step(StepKind.Reset, null), "RSET", cancellationToken);
        }

        if (settings.SendXforward && session.Has(EsmtpFeatures.Xforward))
        {
            foreach (var xforward in EnvelopeCommands.Xforward(Request, session))
            {
                await EnqueueAsync(new Step(StepKind.Xforward, null), xforward, cancellationToken);
            }
        }

        await EnqueueAsync(new Step(StepKind.Mail, null), await commands.MailFromAsync(Request, session, cancellationToken), cancellationToken);
        foreach (var recipient in job.Remaining.ToArray())
        {
            if (_failure != null || _isStale)
            {
                break;
            }

            await EnqueueAsync(new Step(StepKind.Rcpt, recipient), await commands.RcptToAsync(recipient, session, cancellationToken), cancellationToken);
        }

        if (IsProbe && !settings.ProbesUpToData)
        {
            await DrainAsync(cancellationToken);
            return;
        }

        // Without pipelining nobody needs DATA when no recipient is left; with it, DATA is already on its way.
        if (_failure == null && !_isStale && (Pipelines || _accepted.Count > 0))
        {
            await EnqueueAsync(new Step(StepKind.Data, null), "DATA", cancellationToken);
        }

        await DrainAsync(cancellationToken);
    }

    private async ValueTask EnqueueAsync(Step step, string command, CancellationToken cancellationToken)
    {
        if (_failure is { IsDisconnected: true } || _isStale)
        {
            return;
        }

        _connection.Write(command);
        _inFlight.Enqueue(step);
        if (!Pipelines || _connection.Pending > PipelineOctets)
        {
            await DrainAsync(cancellationToken);
        }
    }

    /// <summary>Sends what is queued and reads the replies to all of it.</summary>
    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (_inFlight.Count == 0)
        {
            return;
        }

        _ = await _connection.FlushAsync(settings.Timeouts.Mail, cancellationToken); // a failure shows when the replies are read
        while (_inFlight.TryDequeue(out var step))
        {
            var reply = await _connection.ReadReplyAsync(TimeoutOf(step.Kind), cancellationToken);
            if (session.IsReused && step.Kind is StepKind.Reset or StepKind.Mail && (reply.IsLost || reply.Closes) && _failure == null && _accepted.Count == 0)
            {
                _isStale = true;
                return;
            }

            if (reply.IsLost)
            {
                _failure = SessionFailure.NoReply(session.Server, reply.Failure, Doing(step.Kind), isDestinationWide: true);
                return;
            }

            if (reply.HasNonsense && Pipelines)
            {
                log.Warning($"to prevent loss of mail, turn off command pipelining for {session.Server.AddressText} with the {(settings.IsLmtp ? "lmtp_discard_lhlo" : "smtp_discard_ehlo")}_keyword_address_maps parameter");
                _failure = SessionFailure.OutOfStep(session.Server, reply, Name(step.Kind));
                return;
            }

            await TakeReplyAsync(step, reply, cancellationToken);
        }
    }

    private async ValueTask TakeReplyAsync(Step step, SmtpReply reply, CancellationToken cancellationToken)
    {
        switch (step.Kind)
        {
            case StepKind.Mail when !reply.IsPositive:
                _failure = SessionFailure.Said(session.Server, reply, Name(step.Kind));
                break;
            case StepKind.Rcpt when _failure == null && reply.IsPositive:
                _accepted.Add(step.Recipient!); // RCPT steps have one
                if (IsProbe && !settings.ProbesUpToData)
                {
                    await job.CompleteAsync(step.Recipient!, SentStatus(reply), session, cancellationToken); // as above
                }

                break;
            case StepKind.Rcpt when _failure == null:
                await job.FailAsync(step.Recipient!, SessionFailure.Said(session.Server, reply, Name(step.Kind)), session, cancellationToken); // as above
                break;
            case StepKind.Data when reply.Class == 3:
                _readsContent = true;
                break;
            case StepKind.Data when _failure == null && _accepted.Count > 0:
                _failure = SessionFailure.Said(session.Server, reply, Name(step.Kind));
                session.NeedsReset = true;
                break;
            default:
                break; // RSET and XFORWARD: whatever the server thinks of them, the mail goes on
        }
    }

    private async ValueTask<TransactionEnd> SendContentAsync(ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        if (_accepted.Count == 0)
        {
            return await EndEarlyAsync(cancellationToken);
        }

        if (IsProbe)
        {
            foreach (var recipient in _accepted)
            {
                await job.CompleteAsync(recipient, DeliveryStatus.Sent("2.0.0", "deliverable"), session, cancellationToken);
            }

            return TransactionEnd.Closed; // the server waits for content: only closing ends this without a message
        }

        var encoder = new ContentEncoder(settings.LineLengthLimit, settings.ReplacesStrayCarriageReturns);
        var downgrade = Request.Is8Bit && settings.ConvertsTo7Bit && !session.Has(EsmtpFeatures.EightBitMime) ? new MimeDowngrade() : null;
        var sender = new ContentSender(_connection, encoder, downgrade, BodyChecks, settings.Timeouts.DataXfer, settings.MinimumDataRate, time);
        var sent = await sender.SendAsync(Request, head, cancellationToken);
        if (encoder.HasBrokenLine)
        {
            log.Info($"{Request.QueueId}: breaking line > {settings.LineLengthLimit.ToString(CultureInfo.InvariantCulture)} bytes with <CR><LF>SPACE");
        }

        if (sent == ReplyFailure.None)
        {
            await DelayFinalDotAsync(cancellationToken);
            if (!keepsConnection && Pipelines)
            {
                _connection.Write("QUIT");
                _quitSent = true;
            }

            sent = await _connection.FlushAsync(settings.Timeouts.DataDone, cancellationToken);
        }

        return await ReadFinalRepliesAsync(sent, cancellationToken);
    }

    private async ValueTask<TransactionEnd> ReadFinalRepliesAsync(ReplyFailure sent, CancellationToken cancellationToken)
    {
        var replies = settings.IsLmtp ? _accepted.Count : 1;
        for (var i = 0; i < replies; i++)
        {
            var reply = sent == ReplyFailure.TimedOut
                ? SmtpReply.NoReply(sent)
                : await _connection.ReadReplyAsync(settings.Timeouts.DataDone, cancellationToken);
            var recipients = settings.IsLmtp ? _accepted.GetRange(i, 1) : _accepted;
            if (reply.IsLost)
            {
                var doing = sent == ReplyFailure.None ? "sending end of data -- message may be sent more than once" : "sending message body";
                var rest = settings.IsLmtp ? _accepted.GetRange(i, replies - i) : _accepted;
                await job.FailTogetherAsync(rest, SessionFailure.NoReply(session.Server, reply.Failure, doing, isDestinationWide: true), session, cancellationToken);
                return TransactionEnd.Closed;
            }

            if (reply.IsPositive && sent == ReplyFailure.None)
            {
                foreach (var recipient in recipients)
                {
                    await job.CompleteAsync(recipient, SentStatus(reply), session, cancellationToken);
                }
            }
            else
            {
                // Without the final dot on its way, even a 2xx is no promise.
                await job.FailTogetherAsync(recipients, SessionFailure.Said(session.Server, reply, "end of DATA"), session, cancellationToken);
            }
        }

        return sent == ReplyFailure.None ? await FinishAsync(cancellationToken) : TransactionEnd.Closed;
    }

    /// <summary>The transaction ended before content: the lone dot ends a DATA nobody wanted, RSET comes before the next message.</summary>
    private async ValueTask<TransactionEnd> EndEarlyAsync(CancellationToken cancellationToken)
    {
        if (_failure is { IsDisconnected: true } || _connection.IsBroken)
        {
            return TransactionEnd.Closed;
        }

        if (_readsContent)
        {
            // No recipient was accepted, so the server refuses the empty message (RFC 2920 §3.1); its reply is read before going on.
            _connection.Write(".");
            if (keepsConnection)
            {
                _ = await _connection.FlushAsync(settings.Timeouts.DataDone, cancellationToken);
                var reply = await _connection.ReadReplyAsync(settings.Timeouts.DataDone, cancellationToken);
                if (reply.IsLost || reply.Closes)
                {
                    return TransactionEnd.Closed;
                }
            }
        }

        session.NeedsReset = true;
        return await FinishAsync(cancellationToken);
    }

    private async ValueTask<TransactionEnd> FinishAsync(CancellationToken cancellationToken)
    {
        if (keepsConnection && !_connection.IsBroken)
        {
            return TransactionEnd.Reusable;
        }

        if (!_quitSent && !_connection.IsBroken)
        {
            _connection.Write("QUIT");
            _ = await _connection.FlushAsync(settings.Timeouts.Quit, cancellationToken);
        }

        if (!settings.SkipQuitResponse && !_connection.IsBroken)
        {
            _ = await _connection.ReadReplyAsync(settings.Timeouts.Quit, cancellationToken);
        }

        return TransactionEnd.Closed;
    }

    private DeliveryStatus SentStatus(in SmtpReply reply) => new(DeliveryAction.Sent, reply.Status, reply.Text)
    {
        RemoteMta = session.Server.HostName,
        DiagnosticType = "smtp",
        Diagnostic = reply.Text,

        // A server with DSN reports success itself (RFC 3461 §6.2.1).
        SuccessWord = session.Has(EsmtpFeatures.Dsn) ? null : settings.IsLmtp && settings.AssumeFinal ? "delivered" : "relayed",
    };

    private IReadOnlyList<DeliveryRecipient> Unanswered() =>
        _failure is { IsDisconnected: true } || _accepted.Count == 0 ? job.Remaining : _accepted;

    private ValueTask DelayFinalDotAsync(CancellationToken cancellationToken) =>
        PixWorkarounds.DelaysEndOfData(session.PixWorkarounds) && job.Started - Request.ArrivalTime > settings.Pix.Threshold
            ? DelayAsync(cancellationToken)
            : ValueTask.CompletedTask;

    // The PIX loses a final dot that comes in one segment with content.
    private async ValueTask DelayAsync(CancellationToken cancellationToken)
    {
        var dot = _connection.TakeTail(3);
        _ = await _connection.FlushAsync(settings.Timeouts.DataXfer, cancellationToken);
        await Task.Delay(settings.Pix.Delay, time, cancellationToken);
        dot.CopyTo(_connection.GetSpan(dot.Length));
        _connection.Advance(dot.Length);
    }

    private TimeSpan TimeoutOf(StepKind kind) => kind switch
    {
        StepKind.Reset => settings.Timeouts.Rset,
        StepKind.Xforward => settings.Timeouts.Xforward,
        StepKind.Mail => settings.Timeouts.Mail,
        StepKind.Rcpt => settings.Timeouts.Rcpt,
        _ => settings.Timeouts.DataInit,
    };

    private static string Doing(StepKind kind) => kind switch
    {
        StepKind.Reset => "sending RSET",
        StepKind.Xforward => "sending XFORWARD name/address",
        StepKind.Mail => "sending MAIL FROM",
        StepKind.Rcpt => "sending RCPT TO",
        _ => "sending DATA command",
    };

    private static string Name(StepKind kind) => kind switch
    {
        StepKind.Reset => "RSET",
        StepKind.Xforward => "XFORWARD",
        StepKind.Mail => "MAIL FROM",
        StepKind.Rcpt => "RCPT TO",
        _ => "DATA",
    };

    private enum StepKind
    {
        Reset,
        Xforward,
        Mail,
        Rcpt,
        Data,
    }

    private readonly record struct Step(StepKind Kind, DeliveryRecipient? Recipient);
}
