using System.Globalization;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Daemons.Smtpd.Content;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>The end of DATA or of the last BDAT chunk: nothing is said before cleanup has made the message durable or refused it.</summary>
internal static class EndOfMessage
{
    private const string TooBig = "552 5.3.4 Error: message file too big";

    public static async ValueTask<bool> FinishAsync(SmtpdSession session, MailTransaction transaction, MessageContent content, bool chunked)
    {
        var reply = await CommitAsync(session, transaction, content, chunked);
        await session.EndTransactionAsync();
        session.Where = "END-OF-MESSAGE";
        if (reply[0] == '2')
        {
            session.ForgiveErrors();
        }
        else
        {
            session.History.Note(ErrorsOf(session, reply));
        }

        await session.ReplyAsync(reply);
        await session.FlushHistoryAsync();
        return reply[0] == '2';
    }

    private static SessionErrors ErrorsOf(SmtpdSession session, string reply) => reply switch
    {
        _ when reply.StartsWith("552 5.3.4", StringComparison.Ordinal) || reply.StartsWith("554 5.4.0", StringComparison.Ordinal) => SessionErrors.Bounce,
        _ => session.ErrorsOf(reply),
    };

    // Without queue ID: there is none here.
    private static void LogProxy(SmtpdSession session, MailTransaction transaction, string reply)
    {
        session.Subject.Recipient = transaction.FirstRecipient;
        var text = reply.Replace("\n", "??", StringComparison.Ordinal);
        session.Log.Info($"proxy-{(reply[0] == '2' ? "accept" : "reject")}: END-OF-MESSAGE: {text};{AccessServices.Describe(session.Subject)}");
    }

    private static async ValueTask<string> CommitAsync(SmtpdSession session, MailTransaction transaction, MessageContent content, bool chunked)
    {
        if (content.SawBareNewline && session.BareNewlinePolicy is BareNewlinePolicy.Reject or BareNewlinePolicy.Note)
        {
            if (session.BareNewlinePolicy == BareNewlinePolicy.Reject)
            {
                session.LogBareNewline("reject");
                session.HangUp();
                return session.BareNewlineReply;
            }

            session.LogBareNewline("note");
        }

        try
        {
            await content.FlushAsync(session.CancellationToken);
            if (content.IsTooBig)
            {
                session.Log.Warning($"{transaction.QueueId}: queue file size limit exceeded");
                await (transaction.Cleanup?.RefuseAsTooBigAsync(CancellationToken.None) ?? ValueTask.CompletedTask);
                return TooBig;
            }

            if (content.HasFailed)
            {
                return CleanupOpening.WriteError;
            }

            if (await session.CheckEndOfMessageAsync(transaction, content.Size) is { } refusal)
            {
                return refusal;
            }

            CleanupOpening.PassEffects(session, transaction);
            if (transaction.Authentication is { } authentication && !transaction.IsDiscarded
                && await session.Service.Authenticity!.FinishAsync(session, transaction, authentication) is { } forged) // it began the check
            {
                return forged;
            }

            // From here on only the answer tells whether the message is ours: a stop waits for it.
            if (transaction.Proxy != null)
            {
                var reply = await transaction.Proxy.EndAsync();
                LogProxy(session, transaction, reply);
                return reply;
            }

            var result = await transaction.Cleanup!.CommitAsync(CancellationToken.None); // open since the first recipient
            transaction.IsCommitted = true;
            return Reply(result, transaction, content, chunked);
        }
        catch (IOException trouble)
        {
            session.Log.Warning($"{transaction.QueueId}: {session.Settings.CleanupServiceName} service: {trouble.Message}");
            return CleanupOpening.WriteError;
        }
    }

    private static string Reply(CleanupResult result, MailTransaction transaction, MessageContent content, bool chunked) => result.Outcome switch
    {
        CleanupOutcome.Ok when chunked => string.Create(
            CultureInfo.InvariantCulture, $"250 2.0.0 Ok: {content.Size} bytes queued as {Name(result, transaction)}"),
        CleanupOutcome.Ok => $"250 2.0.0 Ok: queued as {Name(result, transaction)}",
        CleanupOutcome.Rejected => WithCode(result.Text, "550 5.7.1 Error: message content rejected"),
        CleanupOutcome.TooBig => TooBig,
        CleanupOutcome.TooManyHops => "554 5.4.0 Error: too many hops",
        CleanupOutcome.NoSpace => "452 4.3.1 Insufficient system storage",
        CleanupOutcome.NoRecipients => "550 5.1.0 Error: no recipients specified",
        CleanupOutcome.Temporary => WithCode(result.Text, CleanupOpening.WriteError),
        _ => CleanupOpening.WriteError,
    };

    // In stand-alone mode the message gets its name at the end.
    private static string? Name(CleanupResult result, MailTransaction transaction) => result.Text.Length > 0 ? result.Text : transaction.QueueId;

    // header_checks give "5.7.1 text"; a milter may give a whole reply of its own.
    private static string WithCode(string text, string whenEmpty)
    {
        if (text.Length == 0)
        {
            return whenEmpty;
        }

        var hasCode = text.Length > 3 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[2]);
        return hasCode ? text : (text[0] == '4' ? "451 " : "550 ") + text;
    }
}
