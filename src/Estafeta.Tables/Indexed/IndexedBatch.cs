using System.Buffers;
using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Indexed;

/// <summary>
/// An indexed table with one file of its own, locked by its first look-up and until disposed. Looks keys up in small groups: what all keys of a group
/// touch first is fetched together, so that their waits for memory overlap. In a large file these waits are most of the time.
/// </summary>
internal sealed class IndexedBatch(IndexedTable table, IndexedFilePool files) : ITableBatch
{
    private const int GroupSize = 16;
    private const int FirstRoom = 4096;

    private readonly IndexedFile _file = files.Rent();
    private readonly Asked[] _group = new Asked[GroupSize];
    private byte[] _room = new byte[FirstRoom];
    private int _used;
    private bool _isLocked;

    public void Find(ReadOnlySpan<byte> keys, ITableAnswers answers)
    {
        if (!_isLocked)
        {
            _file.Lock();
            _isLocked = true;
        }

        while (!keys.IsEmpty)
        {
            var end = 0;
            var count = 0;
            _used = 0;
            for (; count < GroupSize && end < keys.Length; count++)
            {
                var length = keys[end..].IndexOf((byte)'\n');
                _group[count] = Store(keys.Slice(end, length), end);
                end += length + 1;
            }

            Answer(keys, _group.AsSpan(0, count), answers);
            keys = keys[end..];
        }
    }

    public void Dispose()
    {
        if (_isLocked)
        {
            _file.Unlock();
        }

        files.Return(_file);
    }

    private void Answer(ReadOnlySpan<byte> keys, ReadOnlySpan<Asked> group, ITableAnswers answers)
    {
        Span<uint> approaches = stackalloc uint[GroupSize];
        for (var i = 0; i < group.Length; i++)
        {
            approaches[i] = group[i].CanBeStored ? _file.Approach(table.LikelyForm(Stored(group[i]))) : 0;
        }

        for (var i = 0; i < group.Length; i++)
        {
            _file.Approach(approaches[i]);
        }

        foreach (var asked in group)
        {
            var key = keys.Slice(asked.KeyStart, asked.KeyLength);
            if (!asked.CanBeStored)
            {
                answers.Add(key, LookupOutcome.NotFound, default, null);
                continue;
            }

            var outcome = table.FindStored(_file, Stored(asked), out var value, out var reason);
            answers.Add(key, outcome, value, reason);
        }
    }

    private ReadOnlySpan<byte> Stored(Asked asked) => _room.AsSpan(asked.Start, asked.Length + 1);

    // Puts the key into the room as the file holds it, with a NUL behind it.
    private Asked Store(ReadOnlySpan<byte> key, int keyStart)
    {
        Reserve(key.Length);
        if (!TryStoreAscii(key))
        {
            if (table.Store(key) is not { } other)
            {
                return new Asked(keyStart, key.Length, 0, 0, CanBeStored: false);
            }

            Reserve(other.Length);
            other.CopyTo(_room, _used);
            return Keep(keyStart, key.Length, other.Length);
        }

        return Keep(keyStart, key.Length, key.Length);
    }

    private Asked Keep(int keyStart, int keyLength, int length)
    {
        var asked = new Asked(keyStart, keyLength, _used, length, CanBeStored: true);
        _room[_used + length] = 0;
        _used += length + 1;
        return asked;
    }

    private void Reserve(int length)
    {
        if (_used + length >= _room.Length)
        {
            Array.Resize(ref _room, (_used + length + 1) * 2);
        }
    }

    private bool TryStoreAscii(ReadOnlySpan<byte> key)
    {
        if (table.FoldsKeys)
        {
            return Ascii.ToLower(key, _room.AsSpan(_used), out _) == OperationStatus.Done;
        }

        key.CopyTo(_room.AsSpan(_used));
        return Ascii.IsValid(key);
    }

    private readonly record struct Asked(int KeyStart, int KeyLength, int Start, int Length, bool CanBeStored);
}
