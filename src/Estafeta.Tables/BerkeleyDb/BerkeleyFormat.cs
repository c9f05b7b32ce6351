using System.Buffers.Binary;

namespace Estafeta.Tables.BerkeleyDb;

/// <summary>What the first page of a Berkeley DB file says it is.</summary>
internal static class BerkeleyFormat
{
    public const uint HashMagic = 0x061561;
    public const uint BtreeMagic = 0x053162;

    private const int MagicOffset = 12;

    public static bool IsBigEndian(ReadOnlySpan<byte> meta) => IsMagic(BinaryPrimitives.ReadUInt32BigEndian(meta[MagicOffset..]));

    private static bool IsMagic(uint number) => number is HashMagic or BtreeMagic;
}
