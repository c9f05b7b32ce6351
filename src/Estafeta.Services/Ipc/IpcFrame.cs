using System.Buffers.Binary;

namespace Estafeta.Services.Ipc;

/// <summary>
/// One frame: four octets of payload length (little endian), one of type, the payload. The types belong to the protocol spoken
/// on the socket; <see cref="Hello"/> and <see cref="Welcome"/> open every connection.
/// </summary>
/// <param name="Type">0 when the other side closed the connection.</param>
/// <param name="Payload">Valid until the next receive on the connection.</param>
public readonly record struct IpcFrame(byte Type, ReadOnlyMemory<byte> Payload)
{
    public const int HeaderOctets = 5;

    /// <summary>A body travels inline up to 256 KiB; a head or a recipient list may be as large again.</summary>
    public const int MaxPayloadOctets = 16 * 1024 * 1024;

    public const byte Closed = 0;
    public const byte Hello = 1;
    public const byte Welcome = 2;

    /// <summary>First type free for the protocols themselves.</summary>
    public const byte FirstOwn = 16;

    public bool IsClosed => Type == Closed;

    /// <summary>The first of several frames kept in memory, which it leaves. Throws <see cref="IpcProtocolException"/>.</summary>
    public static IpcFrame Take(ref ReadOnlyMemory<byte> frames)
    {
        var length = frames.Length < HeaderOctets ? -1 : BinaryPrimitives.ReadInt32LittleEndian(frames.Span);
        if (length < 0 || length > frames.Length - HeaderOctets)
        {
            throw new IpcProtocolException("truncated frame");
        }

        var frame = new IpcFrame(frames.Span[4], frames.Slice(HeaderOctets, length));
        frames = frames[(HeaderOctets + length)..];
        return frame;
    }
}
