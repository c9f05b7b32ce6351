using System.Buffers;

namespace Estafeta.Unix.Memory;

/// <summary>
/// Lends the buffers that a session or a message keeps while it waits for others. <see cref="ArrayPool{T}.Shared"/> keeps 32 arrays of a size
/// for each processor: with more sessions busy than that it would make, and the collector clear away, new ones for every message. What is
/// needed only until the method ends is lent by <see cref="ArrayPool{T}.Shared"/>.
/// </summary>
public static class Buffers
{
    private const int LargestOctets = 256 * 1024;
    private const int KeptOfASize = 512;

    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(LargestOctets, KeptOfASize);

    /// <summary>An array of at least so many octets, with anything in them.</summary>
    public static byte[] Rent(int octets) => Pool.Rent(octets);

    /// <summary>Takes back an array of <see cref="Rent"/>; the empty array, too.</summary>
    public static void Return(byte[] buffer) => Pool.Return(buffer);
}
