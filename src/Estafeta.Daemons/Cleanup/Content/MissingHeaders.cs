using System.Globalization;
using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Headers;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// The headers a message must have (RFC 5322 §3.6): Message-Id, Date, From, and undisclosed_recipients_header for want of a recipient
/// header; with Resent- when the message is a resent one.
/// </summary>
/// <param name="settings">Of the entry.</param>
/// <param name="sender">The envelope sender as it will be in the queue, internal form.</param>
/// <param name="fullName">From sendmail -F or the password file; empty when unknown.</param>
internal sealed class MissingHeaders(CleanupSettings settings, QueueId id, string sender, string fullName, TimeProvider time, IMailLog log)
{
    private const string MailerDaemon = "MAILER-DAEMON";

    public void Add(SeenHeaders seen, HeadWriter head)
    {
        var resent = seen.IsResent ? "Resent-" : "";
        var now = time.GetUtcNow();
        if (!seen.Has(seen.IsResent ? HeaderKind.ResentMessageId : HeaderKind.MessageId))
        {
            var messageId = id.IsLong
                ? $"<{id}@{settings.Myhostname}>"
                : string.Create(CultureInfo.InvariantCulture, $"<{now:yyyyMMddHHmmss}.{id}@{settings.Myhostname}>");
            head.WriteLine($"{resent}Message-Id: {messageId}");
            log.Info($"{id}: {resent.ToLowerInvariant()}message-id={messageId}");
            seen.HasMessageId |= !seen.IsResent;
        }

        if (!seen.Has(seen.IsResent ? HeaderKind.ResentDate : HeaderKind.Date))
        {
            head.WriteLine($"{resent}Date: {MailDate.Format(now, time.LocalTimeZone)}");
        }

        if (!seen.Has(seen.IsResent ? HeaderKind.ResentFrom : HeaderKind.From))
        {
            head.WriteLine($"{resent}From: {From()}");
        }

        if (!seen.HasVisibleRecipient && settings.UndisclosedRecipientsHeader.Length > 0)
        {
            head.WriteLine(settings.UndisclosedRecipientsHeader);
        }
    }

    private string From()
    {
        if (sender.Length == 0)
        {
            return MailerDaemon;
        }

        var address = LocalPart.Quote(sender);
        if (fullName.Length == 0)
        {
            return address;
        }

        var name = new StringBuilder();
        if (!Ascii.IsValid(fullName) && settings.FullNameEncodingCharset.Length > 0)
        {
            name.Append(EncodedWord.Encode(fullName, settings.FullNameEncodingCharset));
        }
        else if (settings.StandardFromFormat)
        {
            AppendPhrase(name, fullName);
        }
        else
        {
            name.Append(fullName);
        }

        return settings.StandardFromFormat ? $"{name} <{address}>" : $"{address} ({name})";
    }

    /// <summary>Words of atoms stay; everything else is quoted as a whole.</summary>
    private static void AppendPhrase(StringBuilder result, string phrase)
    {
        foreach (var c in phrase)
        {
            if (!LocalPart.IsAtomText(c) && c is not (' ' or '\t'))
            {
                LocalPart.AppendQuoted(result, phrase);
                return;
            }
        }

        result.Append(phrase);
    }
}
