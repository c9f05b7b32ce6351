using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>A queue directory of its own with segments so small that a few messages fill them, and short ways to put mail in.</summary>
internal sealed class StoreDirectory : IDisposable
{
    private static uint _lastNumber;

    public StoreDirectory()
    {
        Path = Directory.CreateTempSubdirectory("estafeta-store-").FullName;
        Options = new StoreOptions
        {
            QueueDirectory = Path,
            SegmentOctets = 64 * 1024,
            JournalOctets = 8 * 1024,
            InlineBodyOctets = 16 * 1024,
            BatchOctets = 32 * 1024,
            SpareSegments = 2,
            MaximumSpareSegments = 3,
            OutcomeDelay = TimeSpan.FromMilliseconds(1),
            MaintenanceInterval = TimeSpan.FromMilliseconds(5),
            CompactionAge = TimeSpan.Zero,
            Warn = Warnings.Add,
        };
    }

    public string Path { get; }

    public StoreOptions Options { get; set; }

    public ConcurrentBag<string> Warnings { get; } = [];

    public SegmentedLogStore Open() => Open(Options);

    /// <summary>
    /// Opens a store that was open in this process a moment ago: a process that another test starts has our descriptors, and with them the lock, until it
    /// runs its program.
    /// </summary>
    public static SegmentedLogStore Open(StoreOptions options)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return SegmentedLogStore.Open(options);
            }
            catch (StoreUnavailableException e) when (attempt < 3000 && e.Message.EndsWith($" {Environment.ProcessId}", StringComparison.Ordinal))
            {
                Thread.Sleep(10);
            }
        }
    }

    public async Task<SegmentedLogStore> OpenRecoveredAsync()
    {
        var store = Open();
        await store.Recovered;
        return store;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static QueueId NewId() => QueueId.Create(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Interlocked.Increment(ref _lastNumber), longForm: true);

    public static Envelope NewEnvelope(int recipients = 1) => new()
    {
        Sender = "sender@example.org",
        Recipients = [.. Enumerable.Range(0, recipients).Select(i => new EnvelopeRecipient($"user{i}@example.com"))],
        ArrivalTime = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
    };

    public static async Task<QueueId> AcceptAsync(IQueueStore store, string body, int recipients = 1, QueueName queue = QueueName.Incoming)
    {
        var id = NewId();
        await AcceptAsync(store, id, body, NewEnvelope(recipients), queue);
        return id;
    }

    public static async Task AcceptAsync(IQueueStore store, QueueId id, string body, Envelope envelope, QueueName queue = QueueName.Incoming)
    {
        await using var content = store.CreateContent(id);
        content.Head.Write("Subject: test\n\n"u8);
        await content.WriteBodyAsync(Encoding.UTF8.GetBytes(body), CancellationToken.None);
        await store.AcceptAsync(id, envelope, content, queue, CancellationToken.None);
    }

    public async Task<string?> ReadBodyAsync(IQueueStore store, QueueId id)
    {
        using var content = await store.OpenContentAsync(id, CancellationToken.None);
        return content == null ? null
            : content.BodyPath == null ? Encoding.UTF8.GetString(content.Body.Span)
            : await File.ReadAllTextAsync(System.IO.Path.Combine(Path, content.BodyPath));
    }

    public static string Text(int octets, int seed = 1)
    {
        var random = new Random(seed);
        return string.Create(octets, random, static (span, r) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = i % 70 == 69 ? '\n' : (char)('a' + r.Next(26));
            }
        });
    }
}
