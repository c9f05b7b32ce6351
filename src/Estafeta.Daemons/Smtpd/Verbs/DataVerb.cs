using Estafeta.Daemons.Smtpd.Content;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>DATA (RFC 5321 §4.1.1.4).</summary>
internal static class DataVerb
{
    public static async ValueTask<bool> DataAsync(SmtpdSession session, CommandLine command)
    {
        if (session.Bdat != BdatState.None)
        {
            return await session.RefuseAsync("503 5.5.1 Error: DATA after BDAT");
        }

        if (RecipientsMissing(session) is { } missing)
        {
            return await session.RefuseAsync(missing, missing[0] == '5' && missing[1] == '0' ? SessionErrors.Protocol : SessionErrors.None);
        }

        if (command.Count != 1)
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: DATA");
        }

        var transaction = session.Transaction!; // RecipientsMissing saw one
        if ((await session.CheckDataAsync(transaction) ?? await AskMiltersAsync(session, transaction)) is { } refusal)
        {
            return await session.RejectAsync(refusal);
        }

        if (transaction.Proxy != null && await transaction.Proxy.DataAsync() is { } filterRefusal)
        {
            return await session.RejectAsync(filterRefusal);
        }

        var content = await OpenContentAsync(session, transaction, hasDots: true);
        await session.ReplyAsync("354 End data with <CR><LF>.<CR><LF>");
        if (!await content.ReadDataAsync(session.Wire, session.CancellationToken))
        {
            return false;
        }

        return await EndOfMessage.FinishAsync(session, transaction, content, chunked: false);
    }

    /// <summary>The stage of DATA, and of the first BDAT.</summary>
    public static ValueTask<string?> AskMiltersAsync(SmtpdSession session, MailTransaction transaction) =>
        session.Milters == null ? new((string?)null) : session.Milters.DataAsync(transaction);

    /// <summary>The reply to DATA and BDAT without a valid recipient; null when there is one.</summary>
    public static string? RecipientsMissing(SmtpdSession session) => session.Transaction switch
    {
        null => "503 5.5.1 Error: need RCPT command",
        { RecipientCount: 0 } => "554 5.5.1 Error: no valid recipients",
        _ => null,
    };

    /// <summary>Starts the content with the header lines of access actions and our Received.</summary>
    public static async ValueTask<MessageContent> OpenContentAsync(SmtpdSession session, MailTransaction transaction, bool hasDots)
    {
        var service = session.Service;
        CleanupOpening.PassEffects(session, transaction);
        if (session.Milters != null)
        {
            await session.Milters.AttachAsync(transaction);
        }

        var bareNewline = session.BareNewlinePolicy == BareNewlinePolicy.Accept ? BareNewline.Accept : BareNewline.RequireStandardEnd;

        if (service.Authenticity != null)
        {
            transaction.Authentication = await service.Authenticity.BeginAsync(session, transaction);
        }

        // One of the two is open since the first recipient.
        var content = new MessageContent(transaction.Proxy == null ? transaction.Cleanup!.WriteContentAsync : transaction.Proxy.WriteContentAsync, new DataDecoder(hasDots, bareNewline), session.Settings.MessageSizeLimit)
        {
            Watch = transaction.Authentication == null ? null : transaction.Authentication.Write,
        };
        transaction.Content = content;
        foreach (var header in transaction.PrependedHeaders)
        {
            await content.AddHeaderAsync(header, session.CancellationToken);
        }

        if (transaction.Proxy != null && transaction.RequireTls && session.Settings.RequiretlsEsmtpHeader)
        {
            // Without a filter cleanup looks after it.
            await content.AddHeaderAsync("Require-TLS-ESMTP: yes", session.CancellationToken);
        }

        if (transaction.Proxy == null || session.Forwarded == null)
        {
            // Between two filters there is no hop to record.
            var received = ReceivedHeader.Format(session, transaction, service.Time.GetUtcNow(), service.Time.LocalTimeZone);
            await content.AddHeaderAsync(received, session.CancellationToken);
        }

        return content;
    }
}
