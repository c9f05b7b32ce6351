using System.Net.Sockets;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Services.Attributes;
using Estafeta.Services.Logging;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Flush;

/// <summary>
/// flush(8): another delivery attempt for one message (<c>postqueue -i</c>), or for all mail to a site (<c>postqueue -s</c>, ETRN). Which
/// messages are for a site is looked up in the queue when somebody asks, so there are no log files to keep, refresh or purge.
/// </summary>
/// <param name="store">The queue.</param>
/// <param name="fastFlushDomains">The sites somebody may ask for.</param>
/// <param name="flush">Has one message tried now.</param>
/// <param name="forgetFailures">Has destinations that were found dead tried again.</param>
/// <param name="log">For trouble.</param>
public sealed class FlushService(IQueueStore store, DomainList fastFlushDomains, Action<QueueId> flush, Action forgetFailures, IMailLog log)
{
    /// <summary>Serves one client: attribute lists with <c>request</c>, answered with <c>status</c>.</summary>
    public async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(client, ownsSocket: false);
        var reader = new AttributeReader(stream);
        var writer = new AttributeWriter();
        while (await reader.ReadListAsync(cancellationToken) is { } request)
        {
            writer.Clear();
            writer.Write("status", await AnswerAsync(request, cancellationToken));
            writer.End();
            await stream.WriteAsync(writer.Written, cancellationToken);
        }
    }

    private async ValueTask<string> AnswerAsync(Dictionary<string, string> request, CancellationToken cancellationToken) =>
        request.GetValueOrDefault("request") switch
        {
            "send_file" => FlushMessage(request.GetValueOrDefault("queue_id", "")),
            "send_site" => await FlushSiteAsync(request.GetValueOrDefault("site", ""), cancellationToken),

            // Bookkeeping of Postfix's log files.
            "add" or "refresh" or "purge" => FlushStatus.Ok,
            _ => FlushStatus.BadRequest,
        };

    private string FlushMessage(string text)
    {
        if (!QueueId.TryParse(text, out var id))
        {
            return FlushStatus.BadRequest;
        }

        if (store.FindEntry(id) is { Queue: QueueName.Deferred or QueueName.Incoming })
        {
            forgetFailures();
            flush(id);
        }

        return FlushStatus.Ok;
    }

    private async ValueTask<string> FlushSiteAsync(string site, CancellationToken cancellationToken)
    {
        if (site.Length == 0)
        {
            return FlushStatus.BadRequest;
        }

        var match = await fastFlushDomains.MatchAsync(site, cancellationToken);
        if (match.IsTrouble)
        {
            log.Warning($"fast_flush_domains: lookup of {site} failed");
            return FlushStatus.Failed;
        }

        if (!match.IsFound)
        {
            return FlushStatus.Denied;
        }

        forgetFailures();
        foreach (var entry in store.Entries)
        {
            if (entry.Queue == QueueName.Deferred
                && await store.LoadAsync(entry.Id, cancellationToken) is { } message
                && IsFor(message, site))
            {
                flush(entry.Id);
            }
        }

        return FlushStatus.Ok;
    }

    private static bool IsFor(QueuedMessage message, string site)
    {
        for (var i = 0; i < message.Envelope.Recipients.Count; i++)
        {
            var address = message.Envelope.Recipients[i].Address;
            if (message.Outcomes[i] is not { IsFinal: true }
                && address.AsSpan(address.LastIndexOf('@') + 1).Equals(site, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
