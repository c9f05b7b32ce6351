using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log.Format;
using Estafeta.Queue.Storage.Log.Segments;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// The index: one <see cref="MessageState"/> of some 80 octets per queued message and a hash of their IDs. Holds no references, so a million
/// messages cost the garbage collector nothing. Not thread-safe: used under the store's lock.
/// </summary>
internal sealed class MessageTable
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;
    private readonly List<MessageState[]> _chunks = [];
    private int[] _buckets = NewBuckets(1024);
    private int _used;
    private int _free = -1;

    public int Count { get; private set; }

    /// <summary>Indexes run from 0 to here; some are free.</summary>
    public int End => _used;

    public ref MessageState this[int index] => ref _chunks[index >> ChunkBits][index & (ChunkLength - 1)];

    public int Find(QueueId id)
    {
        for (var index = _buckets[Bucket(id)]; index >= 0;)
        {
            ref var state = ref this[index];
            if (state.Id == id)
            {
                return index;
            }

            index = state.Next;
        }

        return -1;
    }

    /// <summary>Adds a message whose ID is not in the table.</summary>
    public int Add(in MessageState added)
    {
        if (Count >= _buckets.Length)
        {
            Grow();
        }

        var index = TakeFree();
        ref var bucket = ref _buckets[Bucket(added.Id)];
        ref var state = ref this[index];
        state = added;
        state.IsUsed = true;
        state.Next = bucket;
        bucket = index;
        Count++;
        return index;
    }

    public void Remove(int index)
    {
        ref var removed = ref this[index];
        ref var link = ref _buckets[Bucket(removed.Id)];
        while (link != index)
        {
            link = ref this[link].Next;
        }

        link = removed.Next;
        removed = new MessageState { Next = _free };
        _free = index;
        Count--;
    }

    private static int[] NewBuckets(int length)
    {
        var buckets = new int[length];
        Array.Fill(buckets, -1);
        return buckets;
    }

    private int Bucket(QueueId id) => HashCode.Combine(id.Seconds, id.Microseconds, id.Number) & (_buckets.Length - 1);

    private int TakeFree()
    {
        if (_free >= 0)
        {
            var index = _free;
            _free = this[index].Next;
            return index;
        }

        if (_used == _chunks.Count * ChunkLength)
        {
            _chunks.Add(new MessageState[ChunkLength]);
        }

        return _used++;
    }

    private void Grow()
    {
        _buckets = NewBuckets(_buckets.Length * 2);
        for (var index = 0; index < _used; index++)
        {
            ref var state = ref this[index];
            if (state.IsUsed)
            {
                ref var bucket = ref _buckets[Bucket(state.Id)];
                state.Next = bucket;
                bucket = index;
            }
        }
    }
}

/// <summary>One queued message in memory.</summary>
internal struct MessageState
{
    public QueueId Id;
    public long Serial;
    public long ArrivalTicks;
    public long DueTicks;
    public long ContentOctets;

    /// <summary>Index of the segment that holds the record, where in it, and how long.</summary>
    public int Segment;
    public int Offset;
    public int RecordOctets;

    /// <summary>Offset of the message's latest entry in the segment's journal; 0 for none.</summary>
    public int JournalOffset;

    /// <summary>Next message of the hash bucket, or of the free list.</summary>
    public int Next;
    public ushort Moves;
    public QueueName Queue;
    public MessageFlags Flags;
    public bool IsUsed;

    public readonly QueueEntry ToEntry() => new(
        Id,
        Queue,
        new DateTimeOffset(DueTicks, TimeSpan.Zero),
        new DateTimeOffset(ArrivalTicks, TimeSpan.Zero),
        ContentOctets);
}
