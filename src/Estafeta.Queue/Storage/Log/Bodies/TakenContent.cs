using Estafeta.Unix.Memory;

namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>The content of a message just accepted, in the memory it was received in, or with the body file it was received into.</summary>
internal sealed class TakenContent : StoredContent
{
    private readonly int _octets;
    private readonly long _serial;
    private byte[]? _buffer;
    private BodyFiles? _bodies;

    /// <param name="buffer">Rented; returned by <see cref="Dispose"/>.</param>
    public TakenContent(ReadOnlyMemory<byte> head, byte[] buffer, int octets)
    {
        Head = head;
        _buffer = buffer;
        _octets = octets;
        BodyOctets = octets;
    }

    /// <summary>The caller has acquired the body.</summary>
    public TakenContent(ReadOnlyMemory<byte> head, BodyFiles bodies, long serial, long octets)
    {
        Head = head;
        _bodies = bodies;
        _serial = serial;
        BodyPath = BodyFiles.RelativePath(serial);
        BodyOctets = octets;
    }

    public override ReadOnlyMemory<byte> Head { get; }

    public override ReadOnlyMemory<byte> Body => _buffer.AsMemory(0, _octets);

    public override string? BodyPath { get; }

    public override long BodyOctets { get; }

    public override void Dispose()
    {
        if (_buffer is { Length: > 0 } buffer)
        {
            Buffers.Return(buffer);
        }

        _buffer = null;
        _bodies?.Release(_serial);
        _bodies = null;
    }
}
