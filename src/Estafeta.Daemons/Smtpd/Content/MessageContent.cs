using System.Text;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Memory;

namespace Estafeta.Daemons.Smtpd.Content;

/// <summary>
/// The content of one message on its way from the client to cleanup, or to a before-queue filter: header lines of our own, then what DATA or BDAT brings,
/// decoded in place in one pooled buffer, small at first, and passed on when it is full or the message ends. A small message is one write.
/// Trouble (too big, cleanup gone) is kept for the reply at the end of data; the client's octets are read to the end regardless.
/// </summary>
internal sealed class MessageContent(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> passOn, DataDecoder decoder, long sizeLimit) : IDisposable
{
    private const int FirstBufferOctets = 16 * 1024;
    private const int BufferOctets = 64 * 1024;
    private const int MinimumRoom = 4 * 1024;

    private readonly TopOfContent _top = new();
    private byte[]? _buffer = Buffers.Rent(FirstBufferOctets);
    private int _length;
    private long _octets;
    private bool _isCut;

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(MessageContent));

    /// <summary>Octets as the client sent them, with CRLF line ends and without stuffed dots; what message_size_limit is about.</summary>
    public long Size => _octets + decoder.LineEnds;

    public bool IsTooBig { get; private set; }

    /// <summary>Cleanup could not take it: 451.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Sees the client's content, decoded, as it is passed on, and nothing of ours; null when nobody does.</summary>
    public Action<ReadOnlyMemory<byte>>? Watch { get; init; }

    public bool SawBareNewline => decoder.SawBareNewline;

    /// <summary>Adds a line of our own header; the text may hold further lines, folded.</summary>
    public ValueTask AddHeaderAsync(string lines, CancellationToken cancellationToken)
    {
        var room = Buffer.AsSpan(_length);
        if (Encoding.UTF8.GetMaxByteCount(lines.Length) >= room.Length)
        {
            return AppendAsync(Encoding.UTF8.GetBytes(lines + "\n"), cancellationToken);
        }

        var octets = Encoding.UTF8.GetBytes(lines, room);
        room[octets] = (byte)'\n';
        _length += octets + 1;
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads until the end of data. False when the connection is gone first.</summary>
    public async ValueTask<bool> ReadDataAsync(ClientWire wire, CancellationToken cancellationToken)
    {
        while (!decoder.IsAtEnd)
        {
            var count = await ReadAsync(wire, int.MaxValue, cancellationToken);
            if (count == 0)
            {
                return false;
            }
        }

        await EndTopAsync(cancellationToken);
        return true;
    }

    /// <summary>Reads one BDAT chunk. False when the connection is gone first.</summary>
    public async ValueTask<bool> ReadChunkAsync(ClientWire wire, long octets, CancellationToken cancellationToken)
    {
        while (octets > 0)
        {
            var count = await ReadAsync(wire, octets, cancellationToken);
            if (count == 0)
            {
                return false;
            }

            octets -= count;
        }

        return true;
    }

    /// <summary>Ends the last chunk: a line that lacks its end gets one.</summary>
    public async ValueTask EndChunksAsync(CancellationToken cancellationToken)
    {
        await MakeRoomAsync(cancellationToken);
        await AddAsync(decoder.Flush(Buffer.AsSpan(_length)), cancellationToken);
        await EndTopAsync(cancellationToken);
    }

    /// <summary>Passes on what is left. The caller commits.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => PassOnAsync(cancellationToken);

    public void Dispose()
    {
        if (_buffer != null)
        {
            Buffers.Return(_buffer);
            _buffer = null;
        }
    }

    private async ValueTask<int> ReadAsync(ClientWire wire, long most, CancellationToken cancellationToken)
    {
        await MakeRoomAsync(cancellationToken);
        var at = _length + DataDecoder.Headroom;
        var room = Buffer.Length - at - TopOfContent.Headroom;
        var count = await wire.ReadAsync(Buffer.AsMemory(at, (int)Math.Min(room, most)));
        if (count == 0)
        {
            return 0;
        }

        var written = decoder.Decode(Buffer.AsSpan(at, count), Buffer.AsSpan(_length), out var consumed);
        wire.Unread(Buffer.AsSpan(at + consumed, count - consumed));
        await AddAsync(written, cancellationToken);
        return count;
    }

    // Octets just decoded, behind what the buffer has. The first lines need a look: see TopOfContent.
    private ValueTask AddAsync(int decoded, CancellationToken cancellationToken)
    {
        _octets += decoded;
        IsTooBig |= sizeLimit > 0 && Size > sizeLimit;
        var fresh = Buffer.AsSpan(_length, decoded);
        if (_top.IsPassed || _top.TryPassUnchanged(fresh))
        {
            Keep(decoded);
            return ValueTask.CompletedTask;
        }

        return AppendSeenAsync(_top.Rewrite(fresh), cancellationToken);
    }

    private ValueTask EndTopAsync(CancellationToken cancellationToken) =>
        _top.IsPassed ? ValueTask.CompletedTask : AppendSeenAsync(_top.End(), cancellationToken);

    // Decoded octets that are in their place in the buffer.
    private void Keep(int length)
    {
        Watch?.Invoke(Buffer.AsMemory(_length, length));
        _length += length;
    }

    private ValueTask AppendSeenAsync(byte[] octets, CancellationToken cancellationToken)
    {
        Watch?.Invoke(octets);
        return AppendAsync(octets, cancellationToken);
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (!octets.IsEmpty)
        {
            if (_length == Buffer.Length)
            {
                await PassOnAsync(cancellationToken);
            }

            var part = Math.Min(octets.Length, Buffer.Length - _length);
            octets[..part].CopyTo(Buffer.AsMemory(_length));
            _length += part;
            octets = octets[part..];
        }
    }

    private ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (Buffer.Length - _length < MinimumRoom && Buffer.Length < BufferOctets)
        {
            var larger = Buffers.Rent(BufferOctets);
            Buffer.AsSpan(0, _length).CopyTo(larger);
            Buffers.Return(Buffer);
            _buffer = larger;
        }

        return Buffer.Length - _length < MinimumRoom || IsTooBig ? PassOnAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    private async ValueTask PassOnAsync(CancellationToken cancellationToken)
    {
        var octets = Buffer.AsMemory(0, _length);
        _length = 0;
        if (_isCut || HasFailed || octets.IsEmpty)
        {
            return;
        }

        // What came up to the limit goes on, the rest does not.
        _isCut = IsTooBig;

        try
        {
            await passOn(octets, cancellationToken);
        }
        catch (IOException)
        {
            HasFailed = true; // the reply at the end of data is 451
        }
    }
}
