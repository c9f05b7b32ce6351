using System.Buffers.Binary;

namespace Estafeta.Tables.Writing;

/// <summary>A fast hash of octets, seeded anew in each process, so that nobody can choose keys that collide. Not for files.</summary>
internal static class KeyHash
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    // Not RandomNumberGenerator: it loads libcrypto, which takes longer than a small table.
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    public static ulong Of(ReadOnlySpan<byte> key)
    {
        var hash = Seed ^ (ulong)key.Length;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key));
        }

        var rest = 0UL;
        foreach (var octet in key)
        {
            rest = (rest << 8) | octet;
        }

        return Mix(hash ^ rest);
    }

    // Both halves of the product count, so each bit of the input reaches each bit of the result.
    private static ulong Mix(ulong number)
    {
        var high = Math.BigMul(number ^ Odd, Odd ^ Seed | 1, out var low);
        return high ^ low;
    }
}
