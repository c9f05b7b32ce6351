using System.Buffers.Binary;
using System.Text;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>Reads what <see cref="TlvWriter"/> wrote. A malformed field throws: records are checksummed, so it is our own fault.</summary>
internal ref struct TlvReader(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    public byte Tag { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public readonly string Text => Encoding.UTF8.GetString(Value);

    public readonly long Number => Value.Length == 8 ? BinaryPrimitives.ReadInt64LittleEndian(Value) : throw Malformed();

    public readonly byte Byte => Value.Length == 1 ? Value[0] : throw Malformed();

    public readonly bool Flag => Byte != 0;

    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Tag = _rest[0];
        var at = 1;
        uint length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (at >= _rest.Length || shift > 28)
            {
                throw Malformed();
            }

            var octet = _rest[at++];
            length |= (uint)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                break;
            }
        }

        if (length > _rest.Length - at)
        {
            throw Malformed();
        }

        Value = _rest.Slice(at, (int)length);
        _rest = _rest[(at + (int)length)..];
        return true;
    }

    private static InvalidDataException Malformed() => new("malformed field in a queue record");
}
