using System.Buffers.Binary;
using System.Numerics;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>CRC-32C by the processor's instruction; start with a seed, go on with the last result.</summary>
internal static class Checksum
{
    public static uint Add(uint crc, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[8..];
        }

        foreach (var octet in octets)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return crc;
    }
}
