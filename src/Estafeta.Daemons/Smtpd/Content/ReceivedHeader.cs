using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Content;

/// <summary>The trace header of RFC 5321 §4.4 in Postfix's layout: every continuation line starts with a tab.</summary>
internal static class ReceivedHeader
{
    [ThreadStatic]
    private static StringBuilder? t_text;

    public static string Format(SmtpdSession session, MailTransaction transaction, DateTimeOffset now, TimeZoneInfo zone)
    {
        var settings = session.Settings;
        var peer = session.Peer;
        var text = (t_text ??= new StringBuilder(512)).Clear();
        text.Append("Received: ");
        if (!settings.HideClientSession)
        {
            text.Append("from ").Append(session.HeloName ?? peer.Name)
                .Append(" (").Append(peer.Name).Append(" [").Append(peer.MailAddress).Append("])\n\t");
            foreach (var line in session.ReceivedComments)
            {
                text.Append(line).Append("\n\t");
            }
        }

        text.Append("by ").Append(settings.Myhostname).Append(" (").Append(settings.MailName).Append(')');
        if (!settings.HideClientSession)
        {
            text.Append(" with ").Append(session.ProtocolWord(transaction));
        }

        if (transaction.QueueId != null)
        {
            text.Append(" id ").Append(transaction.QueueId);
        }

        var date = MailDate.Format(now, zone);
        return (transaction is { RecipientCount: 1, FirstRecipient: { } recipient }
            ? text.Append("\n\tfor <").Append(LocalPart.Quote(recipient)).Append(">; ").Append(date)
            : text.Append(";\n\t").Append(date)).ToString();
    }
}
