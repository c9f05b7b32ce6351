using System.Buffers.Binary;
using Estafeta.Tables.Text;

namespace Estafeta.Net.Milter;

/// <summary>Reads the fields of a packet: numbers, and texts that end in NUL. False = the milter sent nonsense.</summary>
internal ref struct MilterPayload(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool TryReadNumber(out uint number)
    {
        number = 0;
        if (_rest.Length < 4)
        {
            return false;
        }

        number = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        _rest = _rest[4..];
        return true;
    }

    public bool TryReadText(out string text)
    {
        text = "";
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            return false;
        }

        text = RawText.Decode(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return true;
    }
}
