using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Administration;
using Estafeta.Queue.Storage;
using Estafeta.Services.QueueControl;

namespace Estafeta.Commands.QueueAccess;

/// <summary>The queue for postsuper and postcat: through the running queue process, or directly when there is none.</summary>
internal sealed class QueueAccessor : IAsyncDisposable
{
    private readonly QueueControlClient? _client;
    private readonly IQueueStore? _store;
    private readonly QueueAdministration? _administration;

    private QueueAccessor(QueueControlClient client) => _client = client;

    private QueueAccessor(IQueueStore store)
    {
        _store = store;
        _administration = new QueueAdministration(store, ActiveMessages.None, requeued: static () => { }, TimeProvider.System);
    }

    public static async Task<QueueAccessor> OpenAsync(ParameterSet parameters, CommandLog log)
    {
        var client = new QueueControlClient(parameters.Get(Parameters.QueueDirectory), TimeProvider.System);
        if (await client.IsThereAsync(CancellationToken.None))
        {
            return new QueueAccessor(client);
        }

        await client.DisposeAsync();
        return new QueueAccessor(await OfflineQueue.OpenAsync(parameters, log));
    }

    /// <summary>Acts on the message, or on all with an empty ID; the IDs acted on.</summary>
    public async Task<IReadOnlyList<string>> ActAsync(QueueOperation operation, QueueSelection queues, string id)
    {
        if (_client != null)
        {
            return await _client.ActAsync((int)operation, (int)queues, id, CancellationToken.None);
        }

        var administration = _administration!; // without a client
        var done = new List<string>();
        IEnumerable<QueueId> ids = id.Length == 0 ? [.. administration.Select(queues)] : QueueId.TryParse(id, out var one) ? [one] : [];
        foreach (var candidate in ids)
        {
            if (administration.Apply(operation, candidate, queues))
            {
                done.Add(candidate.ToString());
            }
        }

        await administration.FlushAsync(CancellationToken.None);
        return done;
    }

    /// <summary>Reads a message; null when there is none.</summary>
    /// <param name="id">Its queue ID.</param>
    /// <param name="content">Gets the header section, then the body in pieces.</param>
    public async Task<QueueControlRecord?> ReadAsync(string id, Func<ReadOnlyMemory<byte>, bool, ValueTask> content)
    {
        if (_client != null)
        {
            return await _client.ReadAsync(id, content, CancellationToken.None);
        }

        var store = _store!; // without a client
        if (!QueueId.TryParse(id, out var queueId) || await store.LoadAsync(queueId, CancellationToken.None) is not { } message)
        {
            return null;
        }

        using var stored = await store.OpenContentAsync(queueId, CancellationToken.None);
        if (stored != null)
        {
            await content(stored.Head, true);
            await content(stored.Body, false);
            if (stored.BodyPath is { } path)
            {
                await content(await File.ReadAllBytesAsync(path), false);
            }
        }

        return new QueueControlRecord(message.Queue.Name(), EnvelopeRecords.From(message));
    }

    public async ValueTask DisposeAsync()
    {
        if (_client != null)
        {
            await _client.DisposeAsync();
        }

        if (_store != null)
        {
            await _store.DisposeAsync();
        }
    }
}
