using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>
/// Mails the transcript of a session that had errors of the classes in notify_classes to error_notice_recipient, or to
/// bounce_notice_recipient. The text is Postfix's; procmail rules and eyes know it.
/// </summary>
internal sealed class SessionNotices(NoticeSettings settings, ICleanup cleanup, IMailLog log, TimeProvider time)
{
    public NoticeSettings Settings => settings;

    /// <summary>Sends a notice when there is something to tell, and begins anew. Trouble is logged: nobody waits for the notice.</summary>
    /// <param name="history">Of the session.</param>
    /// <param name="client">As in log lines.</param>
    /// <param name="reason">Why the session ended early; null when it goes on or ended well.</param>
    public async ValueTask FlushAsync(SessionHistory history, string client, string? reason)
    {
        if ((history.Errors & settings.Classes) != 0)
        {
            try
            {
                await SendAsync(history, client, reason);
            }
            catch (IOException trouble)
            {
                log.Warning($"postmaster notify: {trouble.Message}");
            }
        }

        history.Clear();
    }

    private async ValueTask SendAsync(SessionHistory history, string client, string? reason)
    {
        var request = new CleanupRequest
        {
            Sender = $"{settings.DoubleBounceSender}@{settings.Myhostname}",
            ArrivalTime = time.GetUtcNow(),
            Client = ClientIdentity.Local with { IsLocal = true },
            Service = settings.CleanupService,
            Flags = settings.CleanupFlags,
        };
        await using var transaction = await cleanup.BeginAsync(request, CancellationToken.None);
        var recipient = history.Errors.HasFlag(SessionErrors.Bounce) ? settings.BounceRecipient : settings.ErrorRecipient;
        transaction.AddRecipient(new EnvelopeRecipient(recipient) { OriginalAddress = recipient });
        var content = Format(history, client, reason, transaction.QueueId.ToString());
        await transaction.WriteContentAsync(Encoding.UTF8.GetBytes(content), CancellationToken.None);
        var result = await transaction.CommitAsync(CancellationToken.None);
        if (result.Outcome != CleanupOutcome.Ok)
        {
            log.Warning($"postmaster notify: {(result.Text.Length > 0 ? result.Text : result.Outcome)}");
        }
    }

    private string Format(SessionHistory history, string client, string? reason, string queueId)
    {
        var date = MailDate.Format(time.GetUtcNow(), time.LocalTimeZone);
        var daemon = $"MAILER-DAEMON@{settings.Myorigin}";
        var (from, to) = settings.HasStandardFrom
            ? ($"Mail Delivery System <{daemon}>", $"Postmaster <{settings.ErrorRecipient}>")
            : ($"{daemon} (Mail Delivery System)", $"{settings.ErrorRecipient} (Postmaster)");
        var text = new StringBuilder(1024)
            .Append("Received: by ").Append(settings.Myhostname).Append(" (").Append(settings.MailName).Append(")\n\tid ")
            .Append(queueId).Append("; ").Append(date).Append('\n')
            .Append("Date: ").Append(date).Append('\n')
            .Append("From: ").Append(from).Append('\n')
            .Append("To: ").Append(to).Append('\n')
            .Append("Subject: ").Append(settings.MailName).Append(" SMTP server: errors from ").Append(client).Append('\n')
            .Append("\nTranscript of session follows.\n\n");
        foreach (var line in history.Lines())
        {
            FoldedText.AppendLine(text, line, " ");
        }

        text.Append('\n');
        if (reason != null)
        {
            text.Append("Session aborted, reason: ").Append(reason).Append('\n');
        }

        return text.Append("\nFor other details, see the local mail logfile\n").ToString();
    }
}
