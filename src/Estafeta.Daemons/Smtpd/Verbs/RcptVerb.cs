using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Daemons.Smtpd.Proxy;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>RCPT TO (RFC 5321 §4.1.1.3) with NOTIFY and ORCPT. The first one that is accepted opens the transaction with cleanup.</summary>
internal static class RcptVerb
{
    public static async ValueTask<bool> RcptAsync(SmtpdSession session, CommandLine command)
    {
        var service = session.Service;
        if (session.Transaction is not { } transaction)
        {
            return await session.RefuseAsync("503 5.5.1 Error: need MAIL command");
        }

        if (session.Bdat != BdatState.None)
        {
            return await session.RefuseAsync("503 5.5.1 Error: RCPT after BDAT");
        }

        if (command.Count < 3 || !command[1].Is("to:"))
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: RCPT TO:<address>");
        }

        if (session.CheckRecipientRate() is { } excess)
        {
            return await session.RejectAsync(excess);
        }

        var address = await EnvelopeAddress.ReadAsync(session, command[2], "RCPT", allowEmpty: false, "501 5.1.3 Bad recipient address syntax", session.Settings.StrictRfc821Envelopes);
        if (address.Refusal != null)
        {
            return await session.RefuseAsync(address.Refusal);
        }

        if (ReadParameters(session, command, out var notify, out var originalRecipient) is { } refusal)
        {
            return await session.RefuseAsync(refusal);
        }

        if (EnvelopeAddress.RequiresSmtpUtf8(session, transaction, address.Text))
        {
            return await session.RefuseAsync(EnvelopeAddress.MustDeclareSmtpUtf8);
        }

        if (transaction.RecipientCount >= session.Settings.RecipientLimit)
        {
            // Clients with many recipients that come back with the rest are well-behaved; those that go on and on are not.
            await session.ReplyAsync("452 4.5.3 Error: too many recipients");
            if (transaction.RecipientOvershoot++ < session.Settings.RecipientOvershootLimit)
            {
                return true;
            }

            session.History.Note(SessionErrors.Policy);
            return false;
        }

        if (!transaction.IsDiscarded && await session.CheckRcptAsync(transaction, address.Text) is { } rejected)
        {
            if (session.Milters != null)
            {
                await session.Milters.RefusedRecipientAsync(transaction, rejected, command);
            }

            return await session.RejectAsync(rejected);
        }

        session.OldDefaults.NonAsciiAddress("recipient", address.Text, session.Peer);
        if (session.Milters != null && await session.Milters.RecipientAsync(transaction, address.Text, command) is { } milterRefusal)
        {
            return await session.RejectAsync(milterRefusal);
        }

        if ((await CleanupOpening.OpenAsync(session, transaction) ?? await AskProxyAsync(transaction, command)) is { } refusedBehind)
        {
            return await session.RejectAsync(refusedBehind);
        }

        Accept(session, transaction, address.Text, notify, originalRecipient);
        CleanupOpening.PassEffects(session, transaction);
        await session.ReplyAsync("250 2.1.5 Ok");
        return true;
    }

    private static ValueTask<string?> AskProxyAsync(MailTransaction transaction, CommandLine command) =>
        transaction.Proxy == null ? new((string?)null) : transaction.Proxy.RecipientAsync(ProxyTransaction.Command(command, "RCPT TO:"));

    private static void Accept(SmtpdSession session, MailTransaction transaction, string address, DsnNotify notify, string? originalRecipient)
    {
        transaction.RecipientCount++;
        transaction.FirstRecipient ??= address;
        session.Subject.Recipient = transaction.FirstRecipient;
        transaction.Cleanup?.AddRecipient(new EnvelopeRecipient(address)
        {
            OriginalAddress = address,
            Notify = notify,
            DsnOriginalRecipient = originalRecipient,
        });
    }

    private static string? ReadParameters(SmtpdSession session, CommandLine command, out DsnNotify notify, out string? originalRecipient)
    {
        notify = DsnNotify.Unspecified;
        originalRecipient = null;
        for (var i = 3; i < command.Count; i++)
        {
            var word = command[i];
            var isDsn = word.StartsWith("NOTIFY=") || word.StartsWith("ORCPT=");
            if (isDsn && session.DiscardedKeywords.HasFlag(EhloKeywords.Dsn))
            {
                return "501 5.7.1 DSN support is disabled";
            }

            if (word.StartsWith("NOTIFY="))
            {
                if (notify != DsnNotify.Unspecified || !TryReadNotify(session, word.Text[7..], out notify))
                {
                    return "501 5.5.4 Error: Bad NOTIFY parameter syntax";
                }
            }
            else if (word.StartsWith("ORCPT="))
            {
                if (originalRecipient != null || !RecipientDsn.TryReadOriginalRecipient(word.Text.AsSpan(6), out originalRecipient))
                {
                    return "501 5.5.4 Error: Bad ORCPT parameter syntax";
                }
            }
            else
            {
                return $"555 5.5.4 Unsupported option: {word.Text}";
            }
        }

        return null;
    }

    private static bool TryReadNotify(SmtpdSession session, string text, out DsnNotify notify)
    {
        var isGood = RecipientDsn.TryReadNotify(text, out notify, out var unknown);
        if (unknown != null)
        {
            session.Log.Warning($"unknown DSN NOTIFY command value \"{unknown}\" in \"{text}\"");
        }

        return isGood;
    }
}
