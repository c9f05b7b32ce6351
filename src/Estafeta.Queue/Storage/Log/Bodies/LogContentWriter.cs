using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Memory;

namespace Estafeta.Queue.Storage.Log.Bodies;

/// <summary>
/// A body while it is received: in one rented buffer up to the inline limit, then in a file that is written out as it grows.
/// One caller at a time.
/// </summary>
internal sealed class LogContentWriter(StoreOptions options, BodyFiles bodies, ReceiveMemory memory) : ContentWriter
{
    private const int FirstBufferOctets = 8 * 1024;
    private const int FileBufferOctets = 64 * 1024;
    private const long WritebackOctets = 256 * 1024;

    private readonly DurableFileSystem _disk = options.FileSystem;
    private byte[] _buffer = [];
    private int _reserved;
    private int _buffered;
    private DurableFile? _file;
    private long _fileOctets;
    private long _writtenBack;

    /// <summary>Names the message for good; drawn when its content begins, because the body file is called by it.</summary>
    public long Serial { get; private set; } = NewSerial();

    public override long BodyOctets => _fileOctets + _buffered;

    public bool HasFile => _file != null;

    /// <summary>The whole body when it has no file.</summary>
    public ReadOnlyMemory<byte> InlineBody => _file == null ? _buffer.AsMemory(0, _buffered) : default;

    /// <summary>Set once a record refers to the body: disposing no longer removes the file.</summary>
    public bool IsAccepted { get; set; }

    public override ValueTask WriteBodyAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            Write(octets.Span);
        }
        catch (UnixException e)
        {
            throw e.IsNoSpace ? new StoreFullException(e.Message) : new StoreUnavailableException(e.Message);
        }

        return ValueTask.CompletedTask;
    }

    public override Stream OpenBody()
    {
        if (_file == null)
        {
            return new MemoryStream(_buffer, 0, _buffered, writable: false);
        }

        FlushToFile();
        return new FileStream(_file.Path, new FileStreamOptions
        {
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
    }

    public override void ResetBody()
    {
        DiscardFile();
        _buffered = 0;
        Serial = NewSerial();
    }

    /// <inheritdoc/>
    public override StoredContent TakeContent()
    {
        if (!IsAccepted)
        {
            throw new InvalidOperationException("only an accepted message's content is for reading");
        }

        if (_file == null)
        {
            var taken = new TakenContent(Head.WrittenMemory, _buffer, _buffered);
            _buffer = [];
            _buffered = 0;
            return taken;
        }

        bodies.Acquire(Serial);
        return new TakenContent(Head.WrittenMemory, bodies, Serial, _fileOctets);
    }

    /// <summary>Gives all octets to the system, which begins to write them out. For a body that has a file, as is the next.</summary>
    public void FlushFile()
    {
        FlushToFile();
        StartWriteback();
    }

    /// <summary>Waits until the octets are on disk.</summary>
    public void SyncFile() => _disk.SyncData(_file!);

    public override ValueTask DisposeAsync()
    {
        if (IsAccepted)
        {
            _file?.Dispose();
            _file = null;
        }
        else
        {
            DiscardFile();
        }

        ReleaseBuffer();
        return ValueTask.CompletedTask;
    }

    private static long NewSerial() => Random.Shared.NextInt64(1, long.MaxValue);

    private void Write(ReadOnlySpan<byte> octets)
    {
        if (_file == null && octets.Length > _buffer.Length - _buffered && !TryGrow(_buffered + octets.Length))
        {
            Spill();
        }

        while (_file != null && octets.Length > FileBufferOctets - _buffered)
        {
            var part = octets[..(FileBufferOctets - _buffered)];
            part.CopyTo(_buffer.AsSpan(_buffered));
            _buffered += part.Length;
            octets = octets[part.Length..];
            FlushToFile();
        }

        octets.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += octets.Length;
    }

    private bool TryGrow(int needed)
    {
        if (needed > options.InlineBodyOctets)
        {
            return false;
        }

        var size = Math.Max(FirstBufferOctets, _buffer.Length);
        while (size < needed)
        {
            size *= 2;
        }

        if (!memory.TryReserve(size - _reserved))
        {
            return false;
        }

        _reserved = size;
        Replace(Buffers.Rent(size));
        return true;
    }

    private void Spill()
    {
        _file = bodies.Create(Serial);
        FlushToFile();
        ReleaseBuffer();
        _buffer = Buffers.Rent(FileBufferOctets);
    }

    private void FlushToFile()
    {
        if (_buffered == 0)
        {
            return;
        }

        _disk.Write(_file!, _buffer.AsSpan(0, _buffered), _fileOctets); // called only when there is a file
        _fileOctets += _buffered;
        _buffered = 0;
        if (_fileOctets - _writtenBack >= WritebackOctets)
        {
            StartWriteback();
        }
    }

    private void StartWriteback()
    {
        _file!.StartWriteback(_writtenBack, _fileOctets - _writtenBack); // as above
        _writtenBack = _fileOctets;
    }

    private void DiscardFile()
    {
        if (_file != null)
        {
            _file.Dispose();
            _file = null;
            bodies.Remove(Serial);
            _fileOctets = 0;
            _writtenBack = 0;
            _buffered = 0;
        }
    }

    private void Replace(byte[] buffer)
    {
        _buffer.AsSpan(0, _buffered).CopyTo(buffer);
        if (_buffer.Length > 0)
        {
            Buffers.Return(_buffer);
        }

        _buffer = buffer;
    }

    private void ReleaseBuffer()
    {
        _buffered = 0;
        Replace([]);
        memory.Release(_reserved);
        _reserved = 0;
    }
}
