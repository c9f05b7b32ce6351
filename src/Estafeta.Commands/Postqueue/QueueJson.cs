using System.Text;
using Estafeta.Queue.Administration;

namespace Estafeta.Commands.Postqueue;

/// <summary><c>postqueue -j</c>: one JSON object a line, keys in Postfix's order.</summary>
internal sealed class QueueJson(TextWriter output)
{
    public void Write(ListedMessage message)
    {
        var line = new StringBuilder(256);
        line.Append("{\"queue_name\": ").Append(Quote(message.Queue));
        line.Append(", \"queue_id\": ").Append(Quote(message.Id));
        line.Append(", \"arrival_time\": ").Append(message.ArrivalTime.ToUnixTimeSeconds());
        line.Append(", \"message_size\": ").Append(message.Octets);
        line.Append(", \"forced_expire\": ").Append(message.IsForceExpired ? "true" : "false");
        line.Append(", \"sender\": ").Append(Quote(message.Sender.Length > 0 ? message.Sender : "MAILER-DAEMON"));
        line.Append(", \"recipients\": [");
        for (var i = 0; i < message.Recipients.Count; i++)
        {
            var recipient = message.Recipients[i];
            line.Append(i > 0 ? ", {" : "{");
            line.Append("\"orig_address\": ").Append(Quote(recipient.OriginalAddress));
            line.Append(", \"address\": ").Append(Quote(recipient.Address));
            if (recipient.Reason is { } reason)
            {
                line.Append(recipient.IsBounced ? ", \"bounce_reason\": " : ", \"delay_reason\": ").Append(Quote(reason));
            }

            line.Append('}');
        }

        output.WriteLine(line.Append("]}"));
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    quoted.Append('\\').Append(c);
                    break;
                case '\b':
                    quoted.Append("\\b");
                    break;
                case '\f':
                    quoted.Append("\\f");
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case < ' ' or '\x7f':
                    quoted.Append("\\u").Append(((int)c).ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
                    break;
                default:
                    quoted.Append(c);
                    break;
            }
        }

        return quoted.Append('"').ToString();
    }
}
