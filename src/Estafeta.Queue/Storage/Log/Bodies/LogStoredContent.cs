using System.Buffers;
using Estafeta.Queue.Storage.Log.Format;

namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>A record read for its content, in one rented buffer; or its head, and the path of its body file, which stays until disposed.</summary>
internal sealed class LogStoredContent : StoredContent
{
    private readonly BodyFiles? _bodies;
    private readonly long _serial;
    private readonly RecordHeader _header;
    private readonly long _fileOctets;
    private byte[]? _record;

    /// <param name="record">Rented; returned by <see cref="Dispose"/>.</param>
    public LogStoredContent(byte[] record, in RecordHeader header)
    {
        _record = record;
        _header = header;
    }

    /// <summary>The caller has acquired the body.</summary>
    public LogStoredContent(byte[] record, in RecordHeader header, BodyFiles bodies, in MessageState state)
        : this(record, header)
    {
        _bodies = bodies;
        _serial = state.Serial;
        _fileOctets = state.ContentOctets - header.HeadOctets;
        BodyPath = BodyFiles.RelativePath(state.Serial);
    }

    public override ReadOnlyMemory<byte> Head => Record.AsMemory(_header.HeadOffset, _header.HeadOctets);

    public override ReadOnlyMemory<byte> Body => Record.AsMemory(_header.HeadOffset + _header.HeadOctets, _header.BodyOctets);

    public override string? BodyPath { get; }

    public override long BodyOctets => BodyPath == null ? _header.BodyOctets : _fileOctets;

    private byte[] Record => _record ?? throw new ObjectDisposedException(nameof(StoredContent));

    public override void Dispose()
    {
        if (_record is { } record)
        {
            _record = null;
            ArrayPool<byte>.Shared.Return(record);
            _bodies?.Release(_serial);
        }
    }
}
