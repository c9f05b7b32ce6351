using System.Text;

namespace Estafeta.Services.Ipc;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Throws <see cref="IpcProtocolException"/> on anything else.</summary>
public ref struct WireReader(ReadOnlyMemory<byte> payload)
{
    private readonly ReadOnlyMemory<byte> _payload = payload;
    private int _at;

    public readonly bool IsAtEnd => _at == _payload.Length;

    /// <summary>What has not been read yet; valid as long as the frame.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _payload[_at..];

    public byte ReadByte()
    {
        if (_at >= _payload.Length)
        {
            throw new IpcProtocolException("truncated frame");
        }

        return _payload.Span[_at++];
    }

    public bool ReadBoolean() => ReadByte() != 0;

    public long ReadInt64()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var octet = ReadByte();
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                return (long)value;
            }
        }

        throw new IpcProtocolException("overlong number");
    }

    public int ReadInt32()
    {
        var value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new IpcProtocolException("number out of range");
    }

    public DateTimeOffset ReadTime()
    {
        var ticks = ReadInt64();
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new IpcProtocolException("time out of range");
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes().Span);

    public string? ReadOptionalString() => ReadBoolean() ? ReadString() : null;

    /// <summary>A view of the frame; valid as long as the frame.</summary>
    public ReadOnlyMemory<byte> ReadBytes()
    {
        var length = ReadInt32();
        if (length < 0 || length > _payload.Length - _at)
        {
            throw new IpcProtocolException("truncated frame");
        }

        var octets = _payload.Slice(_at, length);
        _at += length;
        return octets;
    }
}
