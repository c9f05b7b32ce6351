using System.Threading.Channels;
using Estafeta.Daemons.Pickup;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// The second half of <c>postsuper -r</c>, under pickup's name and settings: gives the store's messages in maildrop to cleanup again, so that
/// the address mappings and content filters of today apply. Each gets a new queue ID; the old one is gone when the new one is safe. One
/// loop for the life of the process, so that no message is taken by two generations of pickup.
/// </summary>
internal sealed class Requeuing(IQueueStore store, CurrentGeneration current, TimeProvider time)
{
    private const int AtOnce = 16;
    private readonly Channel<bool> _triggers = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>There may be a message. Returns at once; thread-safe.</summary>
    public void Trigger() => _triggers.Writer.TryWrite(true);

    /// <summary>Begins with what postsuper left while the mail system was down.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await store.Recovered.WaitAsync(stopping);
            Trigger();
            while (await _triggers.Reader.WaitToReadAsync(stopping))
            {
                _triggers.Reader.TryRead(out _);
                await ScanAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What has begun is done.
        }
    }

    private async Task ScanAsync(CancellationToken stopping)
    {
        var ids = store.Entries.Where(e => e.Queue == QueueName.Maildrop).Select(e => e.Id).ToList();
        if (ids.Count == 0)
        {
            return;
        }

        var generation = current.Enter();
        try
        {
            // Without pickup they wait, as everything in maildrop does.
            if (generation.Find("pickup") is { } pickup)
            {
                var settings = PickupSettings.Load(pickup.Parameters);
                var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stopping };
                await Parallel.ForEachAsync(ids, options, (id, _) => RequeueAsync(id, settings, generation.Cleanup, pickup));
            }
        }
        finally
        {
            await generation.LeaveAsync();
        }
    }

    private async ValueTask RequeueAsync(QueueId id, PickupSettings settings, ICleanup cleanup, ServiceContext pickup)
    {
        try
        {
            if (await store.LoadAsync(id, CancellationToken.None) is not { } message
                || await store.OpenContentAsync(id, CancellationToken.None) is not { } content)
            {
                return;
            }

            using (content)
            {
                var result = await GiveAsync(message, content, settings, cleanup, pickup);
                if (result.Outcome != CleanupOutcome.Ok)
                {
                    // It was acknowledged once, so it stays whatever is wrong.
                    pickup.Log.Warning($"{id}: cannot be requeued: {(result.Text.Length > 0 ? result.Text : result.Outcome.ToString())}");
                    return;
                }
            }

            store.Remove(id);
        }
        catch (IOException e)
        {
            pickup.Log.Warning($"{id}: cannot be requeued: {e.Message}");
        }
    }

    private async ValueTask<CleanupResult> GiveAsync(
        QueuedMessage message, StoredContent content, PickupSettings settings, ICleanup cleanup, ServiceContext pickup)
    {
        var envelope = message.Envelope;
        await using var transaction = await cleanup.BeginAsync(Request(envelope, settings), CancellationToken.None);
        pickup.Log.Info($"{transaction.QueueId}: uid={Privileges.RealUid} from=<{settings.Addresses.Of(envelope.Sender)}> orig_id={message.Id}");
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            if (message.Outcomes[i] is not { Action: DeliveryAction.Sent or DeliveryAction.Bounced })
            {
                transaction.AddRecipient(envelope.Recipients[i]);
            }
        }

        await transaction.WriteContentAsync(settings.ReceivedHeader(transaction.QueueId, Privileges.RealUid, time), CancellationToken.None);
        await transaction.WriteContentAsync(content.Head, CancellationToken.None);
        await transaction.WriteContentAsync(content.Body, CancellationToken.None);
        if (content.BodyPath is { } path)
        {
            await transaction.WriteContentOfFileAsync(path, CancellationToken.None);
        }

        return await transaction.CommitAsync(CancellationToken.None);
    }

    // Milters have judged it with the client's connection before them; they do not see it again.
    private CleanupRequest Request(Envelope envelope, PickupSettings settings) => new()
    {
        Sender = envelope.Sender,
        ArrivalTime = envelope.ArrivalTime > time.GetUtcNow() ? time.GetUtcNow() : envelope.ArrivalTime,
        Client = envelope.Client,
        Is8Bit = envelope.Is8Bit,
        ContentFilter = settings.ContentFilter,
        DsnEnvelopeId = envelope.DsnEnvelopeId,
        DsnReturn = envelope.DsnReturn,
        NeedsSmtpUtf8 = envelope.NeedsSmtpUtf8,
        RequireTls = envelope.RequireTls,
        Trace = envelope.Trace,
        Verp = envelope.Verp,
        Service = settings.CleanupServiceName,
        Flags = settings.Overrides | CleanupFlags.BounceOnError | CleanupFlags.NoMilters,
    };
}
