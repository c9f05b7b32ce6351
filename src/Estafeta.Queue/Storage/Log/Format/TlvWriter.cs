using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// Writes fields as tag, length, octets. Self-describing: a reader skips tags it does not know, so old and new versions read
/// each other's records. Absent fields mean their default. Structure is by order: a field belongs to the item last begun.
/// The buffer is rented; <see cref="Dispose"/> returns it.
/// </summary>
internal struct TlvWriter : IDisposable
{
    private byte[] _buffer;
    private int _length;

    public TlvWriter(int capacity)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(capacity);
        _length = 0;
    }

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public readonly int Length => _length;

    public void WriteText(byte tag, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            WriteItem(tag, text);
        }
    }

    /// <summary>Also when the text is empty: begins an item, or tells "empty" from "absent".</summary>
    public void WriteItem(byte tag, string text)
    {
        var octets = Encoding.UTF8.GetByteCount(text);
        var target = Begin(tag, octets);
        Encoding.UTF8.GetBytes(text, target);
    }

    public void WriteNumber(byte tag, long value)
    {
        if (value != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Begin(tag, 8), value);
        }
    }

    public void WriteByte(byte tag, byte value)
    {
        if (value != 0)
        {
            Begin(tag, 1)[0] = value;
        }
    }

    public void WriteFlag(byte tag, bool value) => WriteByte(tag, value ? (byte)1 : (byte)0);

    public void WriteOctets(byte tag, ReadOnlySpan<byte> octets) => octets.CopyTo(Begin(tag, octets.Length));

    /// <summary>Hands the rented buffer over; the caller returns it to the shared pool.</summary>
    public byte[] Detach()
    {
        var buffer = _buffer;
        _buffer = [];
        return buffer;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Span<byte> Begin(byte tag, int octets)
    {
        var needed = _length + 6 + octets;
        if (needed > _buffer.Length)
        {
            var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
            Written.CopyTo(bigger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = bigger;
        }

        _buffer[_length++] = tag;
        var rest = (uint)octets;
        while (rest >= 0x80)
        {
            _buffer[_length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        _buffer[_length++] = (byte)rest;
        _length += octets;
        return _buffer.AsSpan(_length - octets, octets);
    }
}
