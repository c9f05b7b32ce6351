namespace Estafeta.Tables.Writing;

/// <summary>
/// The entries of a table about to be written, in the order in which they came, each key once. Octets are kept in large blocks and found by an open
/// hash, so that a million entries cost little more than their text.
/// </summary>
internal sealed class TableEntries
{
    private const int BlockSize = 4 * 1024 * 1024;
    private const int Empty = -1;
    private const int FirstSlots = 1024;

    private readonly List<byte[]> _blocks = [];
    private readonly List<Entry> _entries = [];
    private int[] _slots = NewSlots(FirstSlots);
    private int _used;

    /// <summary>Octets of all keys and values, replaced ones included.</summary>
    public long Octets { get; private set; }

    public int Count { get; private set; }

    /// <summary>False when the key is there already.</summary>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var hash = Hash(key);
        var slot = FindSlot(key, hash);
        if (_slots[slot] != Empty)
        {
            return false;
        }

        _slots[slot] = _entries.Count;
        _entries.Add(Store(key, value, hash));
        Count++;
        if (_entries.Count * 2 > _slots.Length)
        {
            Grow();
        }

        return true;
    }

    /// <summary>Adds, or replaces the value; an entry keeps its place.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var hash = Hash(key);
        var at = _slots[FindSlot(key, hash)];
        if (at == Empty)
        {
            TryAdd(key, value);
            return;
        }

        _entries[at] = Store(key, value, hash);
    }

    /// <summary>False when the key is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        var at = _slots[FindSlot(key, Hash(key))];
        if (at == Empty || _entries[at].IsRemoved)
        {
            return false;
        }

        // Stays in the hash, so that the chain of probes is not cut; a table that loses entries is written and forgotten.
        _entries[at] = _entries[at] with { IsRemoved = true };
        Count--;
        return true;
    }

    public IEnumerable<TableEntry> InOrder()
    {
        foreach (var entry in _entries)
        {
            if (!entry.IsRemoved)
            {
                yield return View(entry);
            }
        }
    }

    /// <summary>By the octets of the key, which is the order of a B+tree.</summary>
    public IEnumerable<TableEntry> Sorted()
    {
        var order = new int[_entries.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => Key(_entries[a]).SequenceCompareTo(Key(_entries[b])));
        foreach (var at in order)
        {
            if (!_entries[at].IsRemoved)
            {
                yield return View(_entries[at]);
            }
        }
    }

    private TableEntry View(Entry entry) => new(
        _blocks[entry.Block].AsMemory(entry.Offset, entry.KeyLength),
        _blocks[entry.Block].AsMemory(entry.Offset + entry.KeyLength, entry.ValueLength));

    private ReadOnlySpan<byte> Key(Entry entry) => _blocks[entry.Block].AsSpan(entry.Offset, entry.KeyLength);

    private Entry Store(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int hash)
    {
        var size = key.Length + value.Length;
        if (_blocks.Count == 0 || _used + size > _blocks[^1].Length)
        {
            _blocks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(size, BlockSize)));
            _used = 0;
        }

        var entry = new Entry(_blocks.Count - 1, _used, key.Length, value.Length, hash, false);
        key.CopyTo(_blocks[^1].AsSpan(_used));
        value.CopyTo(_blocks[^1].AsSpan(_used + key.Length));
        _used += size;
        Octets += size;
        return entry;
    }

    private int FindSlot(ReadOnlySpan<byte> key, int hash)
    {
        for (var slot = hash & (_slots.Length - 1); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var at = _slots[slot];
            if (at == Empty || (_entries[at].Hash == hash && Key(_entries[at]).SequenceEqual(key)))
            {
                return slot;
            }
        }
    }

    private void Grow()
    {
        _slots = NewSlots(_slots.Length * 2);
        for (var i = 0; i < _entries.Count; i++)
        {
            var slot = _entries[i].Hash & (_slots.Length - 1);
            while (_slots[slot] != Empty)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = i;
        }
    }

    private static int[] NewSlots(int count)
    {
        var slots = new int[count];
        Array.Fill(slots, Empty);
        return slots;
    }

    // Seeded anew in each process: nobody can choose keys that collide.
    private static int Hash(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return hash.ToHashCode();
    }

    private readonly record struct Entry(int Block, int Offset, int KeyLength, int ValueLength, int Hash, bool IsRemoved);
}

/// <summary>An entry as it is stored, with its NULs if the format has them.</summary>
internal readonly record struct TableEntry(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);
