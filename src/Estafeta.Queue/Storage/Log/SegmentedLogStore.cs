using System.Buffers;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log.Bodies;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// The queue in a segmented log below <c>$queue_directory/store</c>: see docs/queue.md for the format and what a crash leaves.
/// Composes the parts; each is documented at its own type. Open once per queue directory; every member is thread-safe.
/// </summary>
public sealed class SegmentedLogStore : IQueueStore
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly StoreOptions _options;
    private readonly StoreLock _lock;
    private readonly StoreHealthMonitor _health;
    private readonly ReceiveMemory _receiveMemory;
    private readonly BodyFiles _bodies;
    private readonly QueueIndex _index;
    private readonly SegmentPool _pool;
    private readonly OutcomeJournal _journal;
    private readonly GroupCommit _commit;
    private readonly Housekeeper _housekeeper;
    private readonly BodyCommit _bodyCommit;
    private readonly CancellationTokenSource _closing = new();
    private bool _isDisposed;

    private SegmentedLogStore(StoreOptions options, StoreLock storeLock)
    {
        _options = options;
        _lock = storeLock;
        _health = new StoreHealthMonitor(options.Warn);
        _receiveMemory = new ReceiveMemory(options.ReceiveMemoryOctets);
        _bodies = new BodyFiles(options);
        _bodies.NoteFilesOfEarlierRuns();
        _bodyCommit = new BodyCommit(_bodies);
        var files = new SegmentFiles(options);
        var found = files.OpenAll();
        _index = new QueueIndex(options.Time, () => _housekeeper!.Wake()); // set below, before anything can call
        found.ForEach(_index.AddUnread);
        _pool = new SegmentPool(files, options);
        _journal = new OutcomeJournal(_index, options);
        var survivors = new SegmentAppender(_index, _pool, options, BatchFlags.Moved);
        _commit = new GroupCommit(new SegmentAppender(_index, _pool, options, BatchFlags.None), _index, _health);
        _housekeeper = new Housekeeper(options, _health, _bodies)
        {
            Index = _index,
            Pool = _pool,
            Journal = _journal,
            Survivors = survivors,
            Commit = _commit,
            Compaction = new Compaction(_index, _journal, survivors, _health, options),
        };
        _housekeeper.Start();
        Recovered = Task.Factory.StartNew(
            () => new Recovery(_index, _bodies, options).Run(found, _closing.Token),
            _closing.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    public StoreHealth Health => _health.Health;

    public long FreeBytes => _options.FileSystem.GetFreeOctets(_options.StoreDirectory);

    public Task Recovered { get; }

    public IEnumerable<QueueEntry> Entries
    {
        get
        {
            var entries = new List<QueueEntry>(1024);
            for (var at = 0; at >= 0;)
            {
                entries.Clear();
                at = _index.CopyEntries(at, entries, 1024);
                foreach (var entry in entries)
                {
                    yield return entry;
                }
            }
        }
    }

    /// <summary>Opens the store, making it when there is none. Ready to accept at once; <see cref="Recovered"/> follows.</summary>
    public static SegmentedLogStore Open(StoreOptions options)
    {
        CreateDirectories(options);
        var storeLock = StoreLock.Take(options);
        try
        {
            return new SegmentedLogStore(options, storeLock);
        }
        catch
        {
            storeLock.Dispose();
            throw;
        }
    }

    public ContentWriter CreateContent(QueueId id) => new LogContentWriter(_options, _bodies, _receiveMemory);

    public async ValueTask<QueuedMessage> AcceptAsync(
        QueueId id, Envelope envelope, ContentWriter content, QueueName queue, CancellationToken cancellationToken)
    {
        // Once the write has begun it is seen through: a caller who leaves then would not know what became of it.
        cancellationToken.ThrowIfCancellationRequested();
        if (_health.Health == StoreHealth.ReadOnly)
        {
            throw new StoreUnavailableException("the queue store cannot write at the moment");
        }

        var body = (LogContentWriter)content;
        if (body.HasFile)
        {
            await MakeBodyDurableAsync(body);
        }

        using var record = RecordBuilder.New(id, envelope, body, queue);
        await _commit.WriteAsync(record);
        body.IsAccepted = true;
        return new QueuedMessage(id, queue, envelope, new DeliveryStatus?[envelope.Recipients.Count], record.Entry.ContentOctets);
    }

    public async ValueTask<QueuedMessage?> LoadAsync(QueueId id, CancellationToken cancellationToken)
    {
        var pinned = await PinAsync(id, cancellationToken);
        if (pinned == null)
        {
            return null;
        }

        var (snapshot, segment) = pinned.Value;
        try
        {
            return Load(snapshot, segment);
        }
        finally
        {
            _index.Unpin(segment);
        }
    }

    public async ValueTask<StoredContent?> OpenContentAsync(QueueId id, CancellationToken cancellationToken)
    {
        var pinned = await PinAsync(id, cancellationToken);
        if (pinned == null)
        {
            return null;
        }

        var (snapshot, segment) = pinned.Value;
        try
        {
            var record = ReadRecord(snapshot.State, segment, out var header);
            if (!snapshot.State.Flags.HasFlag(MessageFlags.HasBodyFile))
            {
                return new LogStoredContent(record, header);
            }

            _bodies.Acquire(snapshot.State.Serial);
            var content = new LogStoredContent(record, header, _bodies, snapshot.State);
            if (_index.FindEntry(id) != null)
            {
                return content;
            }

            // Removed meanwhile, and the body perhaps before it was acquired.
            content.Dispose();
            return null;
        }
        finally
        {
            _index.Unpin(segment);
        }
    }

    public void RecordOutcomes(QueueId id, IReadOnlyList<RecipientOutcome> outcomes) => _index.RecordOutcomes(id, outcomes);

    public void Move(QueueId id, QueueName queue, DateTimeOffset due) => _index.Move(id, queue, due);

    public bool Expire(QueueId id) => _index.Mark(id, MessageFlags.IsForceExpired);

    public void MarkDelayWarned(QueueId id) => _index.Mark(id, MessageFlags.IsDelayWarned);

    public void Remove(QueueId id) => _index.Remove(id);

    public async ValueTask FlushAsync(CancellationToken cancellationToken) => await _housekeeper.FlushAsync().WaitAsync(cancellationToken);

    public QueueEntry? FindEntry(QueueId id) => _index.FindEntry(id);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _closing.CancelAsync();
        await Task.WhenAny(Recovered);
        _bodyCommit.Dispose();
        _commit.Dispose();
        try
        {
            await _housekeeper.FlushAsync();
        }
        catch (StoreUnavailableException e)
        {
            _options.Warn(e.Message);
        }

        _housekeeper.Dispose();
        _pool.Close();
        foreach (var segment in _index.Segments)
        {
            segment.File.Dispose();
        }

        _lock.Dispose();
        _closing.Dispose();
    }

    private static void CreateDirectories(StoreOptions options)
    {
        var disk = options.FileSystem;
        if (disk.CreateDirectory(options.StoreDirectory, DirectoryMode))
        {
            disk.SyncDirectory(options.QueueDirectory);
        }

        var isNew = disk.CreateDirectory(Path.Combine(options.StoreDirectory, "segments"), DirectoryMode);
        isNew |= disk.CreateDirectory(Path.Combine(options.StoreDirectory, "bodies"), DirectoryMode);
        if (isNew)
        {
            disk.SyncDirectory(options.StoreDirectory);
        }
    }

    private async ValueTask MakeBodyDurableAsync(LogContentWriter body)
    {
        try
        {
            await _bodyCommit.WriteAsync(body);
        }
        catch (UnixException e)
        {
            _options.Warn($"queue store: {e.Message}");
            throw e.IsNoSpace ? new StoreFullException(e.Message) : new StoreUnavailableException(e.Message);
        }
    }

    // A message of an earlier run may not be known yet.
    private async ValueTask<(MessageSnapshot Snapshot, Segment Segment)?> PinAsync(QueueId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var wasRecovered = Recovered.IsCompleted;
            if (_index.Pin(id, out var segment) is { } snapshot && segment != null)
            {
                return (snapshot, segment);
            }

            if (wasRecovered)
            {
                return null;
            }

            await Task.WhenAny(Recovered).WaitAsync(cancellationToken);
        }
    }

    private QueuedMessage Load(in MessageSnapshot snapshot, Segment segment)
    {
        var state = snapshot.State;
        var record = ReadRecord(state, segment, out var header);
        try
        {
            var octets = record.AsSpan(0, state.RecordOctets);
            var envelope = EnvelopeCodec.Read(header.Envelope(octets));
            var outcomes = new DeliveryStatus?[envelope.Recipients.Count];
            void Note(int recipient, DeliveryStatus status)
            {
                if ((uint)recipient < outcomes.Length)
                {
                    outcomes[recipient] = status;
                }
            }

            OutcomeCodec.Read(header.Outcomes(octets), Note);
            _journal.Read(segment, state, Note);
            foreach (var outcome in snapshot.Outcomes)
            {
                Note(outcome.RecipientIndex, outcome.Status);
            }

            return new QueuedMessage(state.Id, state.Queue, envelope, outcomes, state.ContentOctets)
            {
                IsForceExpired = state.Flags.HasFlag(MessageFlags.IsForceExpired),
                IsDelayWarned = state.Flags.HasFlag(MessageFlags.IsDelayWarned),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    private byte[] ReadRecord(in MessageState state, Segment segment, out RecordHeader header)
    {
        var record = ArrayPool<byte>.Shared.Rent(state.RecordOctets);
        try
        {
            var octets = _options.FileSystem.Read(segment.File, record.AsSpan(0, state.RecordOctets), state.Offset);
            header = RecordHeader.Read(record.AsSpan(0, octets));
            return record;
        }
        catch (Exception e) when (e is UnixException or InvalidDataException)
        {
            ArrayPool<byte>.Shared.Return(record);
            throw new StoreUnavailableException($"{state.Id}: {e.Message}");
        }
    }
}
