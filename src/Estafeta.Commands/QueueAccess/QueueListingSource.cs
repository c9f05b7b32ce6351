using System.Net.Sockets;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Queue.Administration;
using Estafeta.Services.Logging;
using Estafeta.Services.Submission;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Sockets;

namespace Estafeta.Commands.QueueAccess;

/// <summary>The listing of the queue: from the running mail system, else, for root, from the store itself.</summary>
internal static class QueueListingSource
{
    private const int Unavailable = 69;

    public static async IAsyncEnumerable<ListedMessage> OpenAsync(ParameterSet parameters, CommandLog log, bool isDownWorthAWarning)
    {
        var service = parameters.Get(Parameters.ShowqServiceName);
        ListingClient? client = null;
        try
        {
            client = await ListingClient.ConnectAsync(parameters.Get(Parameters.QueueDirectory), service);
        }
        catch (SocketException e)
        {
            var why = $"(Connect to the {parameters.Get(Parameters.MailName)} {service} service: {ConnectFailure.Describe(e)})";
            if (!Privileges.IsRoot)
            {
                throw new CommandException($"Queue report unavailable - mail system is down {why}", Unavailable);
            }

            if (isDownWorthAWarning)
            {
                log.Warning($"Mail system is down -- accessing queue directly {why}");
            }
        }

        if (client != null)
        {
            using (client)
            {
                await foreach (var message in client.ReadAsync(CancellationToken.None))
                {
                    yield return message;
                }
            }

            yield break;
        }

        await using var store = await OfflineQueue.OpenAsync(parameters, log);
        await foreach (var message in MaildropListing.ListAsync("maildrop", CancellationToken.None))
        {
            yield return ListedMessage.InMaildrop(message.Name, message.Time, message.Octets, message.Sender, message.Recipients);
        }

        await foreach (var message in new QueueListing(store, ActiveMessages.None).ListAsync(CancellationToken.None))
        {
            yield return message;
        }
    }
}
