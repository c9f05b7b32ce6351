using System.Numerics;

namespace Estafeta.Tables.Writing;

/// <summary>
/// The entries of a table about to be written, in the order in which they came, each key once. Octets are kept in large blocks and found by an open
/// hash, so that a million entries cost little more than their text. Entries are known by their number; removed ones keep theirs.
/// </summary>
internal sealed class TableEntries
{
    private const int BlockSize = 4 * 1024 * 1024;
    private const int FewestSlots = 1024;

    private readonly List<byte[]> _blocks = [];
    private Entry[] _entries;
    private ulong[] _slots;
    private int _used;

    /// <param name="expected">So many come, perhaps; room is made for them at once.</param>
    public TableEntries(int expected = 0)
    {
        _slots = new ulong[Math.Max(FewestSlots, (int)BitOperations.RoundUpToPowerOf2((uint)expected) * 2)];
        _entries = new Entry[_slots.Length / 2];
    }

    /// <summary>Octets of all keys and values, replaced ones included.</summary>
    public long Octets { get; private set; }

    /// <summary>How many numbers are given; some entries may be removed.</summary>
    public int Total { get; private set; }

    public int Count { get; private set; }

    public bool IsRemoved(int number) => _entries[number].IsRemoved;

    public ReadOnlySpan<byte> Key(int number)
    {
        ref var entry = ref _entries[number];
        return _blocks[entry.Block].AsSpan(entry.Offset, entry.KeyLength);
    }

    public ReadOnlySpan<byte> Value(int number)
    {
        ref var entry = ref _entries[number];
        return _blocks[entry.Block].AsSpan(entry.Offset + entry.KeyLength, entry.ValueLength);
    }

    /// <summary>False when the key is there already.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var hash = KeyHash.Of(key);
        if (Find(key, hash, out var slot) is >= 0 and var number)
        {
            return _entries[number].IsRemoved && Restore(number, key, value);
        }

        if (Total == _entries.Length)
        {
            Array.Resize(ref _entries, Total * 2);
            Grow();
            _ = Find(key, hash, out slot);
        }

        _slots[slot] = Slot(hash, Total);
        _entries[Total++] = Store(key, value);
        Count++;
        return true;
    }

    /// <summary>Adds, or replaces the value; an entry keeps its place.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!TryAdd(key, value))
        {
            _entries[Find(key, KeyHash.Of(key), out _)] = Store(key, value);
        }
    }

    /// <summary>False when the key is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        var number = Find(key, KeyHash.Of(key), out _);
        if (number < 0 || _entries[number].IsRemoved)
        {
            return false;
        }

        // Stays in the hash, so that the chain of probes is not cut; a table that loses entries is written and forgotten.
        _entries[number].IsRemoved = true;
        Count--;
        return true;
    }

    private bool Restore(int number, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _entries[number] = Store(key, value);
        Count++;
        return true;
    }

    private Entry Store(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var size = key.Length + value.Length;
        if (_blocks.Count == 0 || _used + size > _blocks[^1].Length)
        {
            _blocks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(size, BlockSize)));
            _used = 0;
        }

        var entry = new Entry { Block = _blocks.Count - 1, Offset = _used, KeyLength = key.Length, ValueLength = value.Length };
        key.CopyTo(_blocks[^1].AsSpan(_used));
        value.CopyTo(_blocks[^1].AsSpan(_used + key.Length));
        _used += size;
        Octets += size;
        return entry;
    }

    // The number of the key's entry, or -1 and the slot for it.
    private int Find(ReadOnlySpan<byte> key, ulong hash, out int slot)
    {
        for (slot = First(hash); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var content = _slots[slot];
            if (content == 0)
            {
                return -1;
            }

            // Half of the hash is beside the number, so that other keys are told apart without a look at them.
            if ((content ^ hash) >> 32 == 0 && Key(Number(content)).SequenceEqual(key))
            {
                return Number(content);
            }
        }
    }

    // The place of a slot's content follows from the half of the hash beside it: keys are not looked at again.
    private void Grow()
    {
        var old = _slots;
        _slots = new ulong[old.Length * 2];
        foreach (var content in old)
        {
            if (content != 0)
            {
                var slot = First(content);
                while (_slots[slot] != 0)
                {
                    slot = (slot + 1) & (_slots.Length - 1);
                }

                _slots[slot] = content;
            }
        }
    }

    private int First(ulong hash) => (int)(hash >> (64 - BitOperations.Log2((uint)_slots.Length)));

    // Zero is an empty slot, so numbers count from one here.
    private static ulong Slot(ulong hash, int number) => (hash & 0xFFFFFFFF_00000000) | (uint)(number + 1);

    private static int Number(ulong content) => (int)(uint)content - 1;

    private struct Entry
    {
        public int Block;
        public int Offset;
        public int KeyLength;
        public int ValueLength;
        public bool IsRemoved;
    }
}
