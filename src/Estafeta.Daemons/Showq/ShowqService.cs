using System.Net.Sockets;
using Estafeta.Queue.Administration;
using Estafeta.Services.Attributes;

namespace Estafeta.Daemons.Showq;

/// <summary>
/// showq(8): whoever connects to <c>public/showq</c> gets the listing of the queue as Postfix's attribute lists, one per message, and
/// an empty one at the end. postqueue and monitoring programs read it.
/// </summary>
public sealed class ShowqService(Func<CancellationToken, IAsyncEnumerable<ListedMessage>> list)
{
    private const int FlushOctets = 16 * 1024;

    public async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(client, ownsSocket: false);
        var writer = new AttributeWriter();
        writer.Write("protocol", "mail_queue_list_protocol");
        writer.End();
        await foreach (var message in list(cancellationToken))
        {
            Write(writer, message);
            if (writer.Written.Length >= FlushOctets)
            {
                await FlushAsync(stream, writer, cancellationToken);
            }
        }

        writer.End();
        await FlushAsync(stream, writer, cancellationToken);
    }

    private static async ValueTask FlushAsync(Stream stream, AttributeWriter writer, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(writer.Written, cancellationToken);
        writer.Clear();
    }

    private static void Write(AttributeWriter writer, ListedMessage message)
    {
        writer.Write("queue_name", message.Queue);
        writer.Write("queue_id", message.Id);
        writer.Write("time", message.ArrivalTime.ToUnixTimeSeconds());
        writer.Write("size", message.Octets);
        writer.Write("forced_expire", message.IsForceExpired ? 1 : 0);
        writer.Write("sender", message.Sender.Length > 0 ? message.Sender : "MAILER-DAEMON");
        foreach (var recipient in message.Recipients)
        {
            writer.Write("original_recipient", recipient.OriginalAddress);
            writer.Write("recipient", recipient.Address);
            writer.Write("reason", recipient.Reason ?? "");
            if (recipient.Reason != null)
            {
                writer.Write("log_class", recipient.IsBounced ? "bounce" : "defer");
            }
        }

        writer.End();
    }
}
