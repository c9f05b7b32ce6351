using System.Globalization;
using Estafeta.Daemons.Smtpd.Proxy;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>MAIL FROM (RFC 5321 §4.1.1.2) with SIZE, BODY, RET, ENVID, AUTH, SMTPUTF8, REQUIRETLS and XVERP.</summary>
internal static class MailVerb
{
    private const string NoDsn = "501 5.7.1 DSN support is disabled";

    public static async ValueTask<bool> MailAsync(SmtpdSession session, CommandLine command)
    {
        var service = session.Service;
        if (session.HeloName == null && session.Settings.HeloRequired)
        {
            return await session.RefuseAsync("503 5.5.1 Error: send HELO/EHLO first");
        }

        if (session.Transaction != null)
        {
            return await session.RefuseAsync("503 5.5.1 Error: nested MAIL command");
        }

        if (session.Bdat != BdatState.None)
        {
            return await session.RefuseAsync("503 5.5.1 Error: MAIL after BDAT");
        }

        if (command.Count < 3 || !command[1].Is("from:"))
        {
            return await session.RefuseAsync("501 5.5.4 Syntax: MAIL FROM:<address>");
        }

        if (session.CheckMessageRate() is { } excess)
        {
            return await session.RejectAsync(excess);
        }

        var address = await EnvelopeAddress.ReadAsync(session, command[2], "MAIL", allowEmpty: true, "501 5.1.7 Bad sender address syntax", session.Settings.StrictRfc821Envelopes);
        if (address.Refusal != null)
        {
            return await session.RefuseAsync(address.Refusal);
        }

        var transaction = new MailTransaction(address.Text);
        for (var i = 3; i < command.Count; i++)
        {
            if (IsVerp(command[i]) && await service.IsVerpAllowedAsync(session) == true)
            {
                transaction.Verp = command[i].Text.Length > 5 ? command[i].Text[6..] : session.Settings.DefaultVerpDelimiters;
            }
            else if (ReadParameter(session, transaction, command[i]) is { } refusal)
            {
                return await session.RefuseAsync(refusal);
            }
        }

        if (CheckVerp(session, transaction) is { } badVerp)
        {
            return await session.RefuseAsync(badVerp);
        }

        if (EnvelopeAddress.RequiresSmtpUtf8(session, transaction, address.Text))
        {
            return await session.RefuseAsync(EnvelopeAddress.MustDeclareSmtpUtf8);
        }

        if (await CheckAsync(session, transaction) is { } rejected)
        {
            return await session.RejectAsync(rejected);
        }

        session.OldDefaults.NonAsciiAddress("sender", address.Text, session.Peer);
        session.Begin(transaction);
        transaction.Proxy = service.Proxy == null ? null : new ProxyTransaction(session, service.Proxy, ProxyTransaction.Command(command, "MAIL FROM:"));
        if (!session.Settings.DelayOpenUntilValidRcpt && await CleanupOpening.OpenAsync(session, transaction) is { } unavailable)
        {
            await session.EndTransactionAsync();
            return await session.RejectAsync(unavailable);
        }

        if (session.Milters != null && await session.Milters.MailAsync(transaction, command) is { } milterRefusal)
        {
            await session.EndTransactionAsync();
            return await session.RejectAsync(milterRefusal);
        }

        await session.ReplyAsync("250 2.1.0 Ok");
        return true;
    }

    private static async ValueTask<string?> CheckAsync(SmtpdSession session, MailTransaction transaction)
    {
        var service = session.Service;
        if (service.Storage.CheckSize(transaction.DeclaredSize) is { } tooBig)
        {
            return session.RejectMail(transaction, tooBig);
        }

        if (await session.CheckMailAsync(transaction) is { } refusal)
        {
            return refusal;
        }

        if (service.Storage.HasRoom(transaction.DeclaredSize, out var free))
        {
            return null;
        }

        // As Postfix has it, without the sender.
        var full = session.RejectMail(null, "452 4.3.1 Insufficient system storage");
        session.Log.Warning(string.Create(CultureInfo.InvariantCulture, $"not enough free space in mail queue: {free} bytes < 1.5*message size limit"));
        return full;
    }

    /// <summary>Null when the parameter was taken.</summary>
    private static string? ReadParameter(SmtpdSession session, MailTransaction transaction, CommandWord word)
    {
        var text = word.Text;
        if (word.Is("BODY=8BITMIME") || word.Is("BODY=7BIT"))
        {
            transaction.Is8Bit = word.Is("BODY=8BITMIME");
            return null;
        }

        if (word.StartsWith("SIZE="))
        {
            return ReadSize(transaction, text.AsSpan(5));
        }

        if (word.Is("SMTPUTF8") && session.Settings.Smtputf8Enable && !session.DiscardedKeywords.HasFlag(EhloKeywords.SmtpUtf8))
        {
            transaction.DeclaredSmtpUtf8 = true;
            return null;
        }

        if (word.Is("REQUIRETLS") && session.TakesRequireTls)
        {
            transaction.RequireTls = true;
            return null;
        }

        if (word.StartsWith("RET="))
        {
            return session.DiscardedKeywords.HasFlag(EhloKeywords.Dsn) ? NoDsn : ReadReturn(transaction, text.AsSpan(4));
        }

        if (word.StartsWith("ENVID="))
        {
            return session.DiscardedKeywords.HasFlag(EhloKeywords.Dsn) ? NoDsn : ReadEnvelopeId(transaction, text.AsSpan(6));
        }

        return word.StartsWith("AUTH=") && session.Service.Authentication != null ? ReadSaslSender(transaction, text.AsSpan(5)) : $"555 5.5.4 Unsupported option: {text}";
    }

    private static bool IsVerp(CommandWord word) => word.Is("XVERP") || word.StartsWith("XVERP=");

    // VERP_README: two delimiters, and a sender to put between them.
    private static string? CheckVerp(SmtpdSession session, MailTransaction transaction) => transaction.Verp switch
    {
        null => null,
        { Length: not 2 } => BadVerp(session),
        var delimiters when !session.Settings.VerpDelimiterFilter.Contains(delimiters[0], StringComparison.Ordinal)
            || !session.Settings.VerpDelimiterFilter.Contains(delimiters[1], StringComparison.Ordinal) => BadVerp(session),
        _ => transaction.Sender.Length == 0 ? "503 5.5.4 Error: XVERP requires non-null sender" : null,
    };

    private static string BadVerp(SmtpdSession session) =>
        $"501 5.5.4 Error: XVERP needs two characters from {session.Settings.VerpDelimiterFilter}";

    // RFC 4954 §5: AUTH=<> and AUTH=xtext, which stays as it is, as in Postfix: it is for logs and filters only.
    private static string? ReadSaslSender(MailTransaction transaction, ReadOnlySpan<char> text)
    {
        if (transaction.SaslSender.Length > 0)
        {
            return "503 5.5.4 Error: multiple AUTH= options";
        }

        transaction.SaslSender = text is "<>" ? "" : Auth.Printable.Clean(text.ToString());
        return null;
    }

    private static string? ReadSize(MailTransaction transaction, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            return "501 5.5.4 Bad message size syntax";
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return "552 5.3.4 Message size exceeds file system imposed limit";
        }

        transaction.DeclaredSize = size;
        return null;
    }

    private static string? ReadReturn(MailTransaction transaction, ReadOnlySpan<char> text)
    {
        var value = text.Equals("FULL", StringComparison.OrdinalIgnoreCase) ? DsnReturn.Full
            : text.Equals("HDRS", StringComparison.OrdinalIgnoreCase) ? DsnReturn.Headers
            : DsnReturn.Unspecified;
        if (value == DsnReturn.Unspecified || transaction.DsnReturn != DsnReturn.Unspecified)
        {
            return "501 5.5.4 Bad RET parameter syntax";
        }

        transaction.DsnReturn = value;
        return null;
    }

    private static string? ReadEnvelopeId(MailTransaction transaction, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || transaction.DsnEnvelopeId != null || !Xtext.TryDecode(text, out var decoded)
            || decoded.Length == 0 || Xtext.HasControls(decoded))
        {
            return "501 5.5.4 Bad ENVID parameter syntax";
        }

        transaction.DsnEnvelopeId = decoded;
        return null;
    }
}
