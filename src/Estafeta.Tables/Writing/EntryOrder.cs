using System.Buffers.Binary;

namespace Estafeta.Tables.Writing;

/// <summary>
/// The order of a B+tree: by the octets of the key. Keys are first sorted by eight octets taken behind what all have in common, as numbers; only those
/// that agree in these are compared whole.
/// </summary>
internal static class EntryOrder
{
    /// <returns>The numbers of all entries that are not removed.</returns>
    public static int[] Sort(TableEntries entries)
    {
        var numbers = new int[entries.Count];
        var count = 0;
        for (var i = 0; i < entries.Total; i++)
        {
            if (!entries.IsRemoved(i))
            {
                numbers[count++] = i;
            }
        }

        var common = CommonLength(entries, numbers);
        var heads = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            heads[i] = Head(entries.Key(numbers[i])[common..]);
        }

        Array.Sort(heads, numbers);
        for (int from = 0, to; from < count; from = to)
        {
            for (to = from + 1; to < count && heads[to] == heads[from]; to++)
            {
            }

            if (to - from > 1)
            {
                numbers.AsSpan(from, to - from).Sort((a, b) => entries.Key(a).SequenceCompareTo(entries.Key(b)));
            }
        }

        return numbers;
    }

    private static int CommonLength(TableEntries entries, int[] numbers)
    {
        var common = numbers.Length > 0 ? entries.Key(numbers[0]).Length : 0;
        for (var i = 1; i < numbers.Length && common > 0; i++)
        {
            common = entries.Key(numbers[0])[..common].CommonPrefixLength(entries.Key(numbers[i]));
        }

        return common;
    }

    private static ulong Head(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(key);
        }

        // Keys that end early get zeros; those that agree even so are told apart by the comparison.
        var head = 0UL;
        for (var i = 0; i < sizeof(ulong); i++)
        {
            head = (head << 8) | (i < key.Length ? key[i] : 0UL);
        }

        return head;
    }
}
