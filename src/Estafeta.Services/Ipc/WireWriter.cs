using System.Buffers.Binary;
using System.Text;
using Estafeta.Unix.Memory;

namespace Estafeta.Services.Ipc;

/// <summary>
/// Builds frames in one pooled buffer: numbers as LEB128, texts and octets with their length in front. Many frames may be
/// built before one send. Not thread-safe.
/// </summary>
public sealed class WireWriter : IDisposable
{
    private const int FirstSize = 4096;
    private byte[] _buffer = [];
    private int _length;
    private int _frameStart = -1;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public int Length => _length;

    public void BeginFrame(byte type)
    {
        var span = Reserve(IpcFrame.HeaderOctets);
        _frameStart = _length;
        span[4] = type;
        _length += IpcFrame.HeaderOctets;
    }

    public void EndFrame()
    {
        var payload = _length - _frameStart - IpcFrame.HeaderOctets;
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_frameStart), payload);
        _frameStart = -1;
    }

    public void Write(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    public void Write(bool value) => Write(value ? (byte)1 : (byte)0);

    public void Write(long value)
    {
        var span = Reserve(10);
        var rest = (ulong)value;
        var at = 0;
        while (rest >= 0x80)
        {
            span[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[at++] = (byte)rest;
        _length += at;
    }

    public void Write(DateTimeOffset value) => Write(value.UtcTicks);

    public void Write(string value)
    {
        var octets = Encoding.UTF8.GetByteCount(value);
        Write((long)octets);
        Encoding.UTF8.GetBytes(value, Reserve(octets));
        _length += octets;
    }

    /// <summary>A text that may be missing, which is not the same as empty.</summary>
    public void WriteOptional(string? value)
    {
        Write(value != null);
        if (value != null)
        {
            Write(value);
        }
    }

    public void Write(ReadOnlySpan<byte> octets)
    {
        Write((long)octets.Length);
        WriteRaw(octets);
    }

    /// <summary>Octets without their length: the rest of a content frame.</summary>
    public void WriteRaw(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Reserve(octets.Length));
        _length += octets.Length;
    }

    /// <summary>Forgets what was written; gives back a buffer that had to grow.</summary>
    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > 4 * FirstSize)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            Buffers.Return(_buffer);
            _buffer = [];
        }

        _length = 0;
    }

    private Span<byte> Reserve(int octets)
    {
        if (_buffer.Length - _length < octets)
        {
            var larger = Buffers.Rent(Math.Max(Math.Max(_length + octets, FirstSize), _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            if (_buffer.Length > 0)
            {
                Buffers.Return(_buffer);
            }

            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
