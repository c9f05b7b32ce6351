using System.Net.Sockets;

namespace Estafeta.Tables.Network;

/// <summary>A connection to a table's server: octets and lines, with limits. Not thread-safe; lent to one request at a time.</summary>
internal sealed class TableConnection(Socket socket) : IDisposable
{
    private const int FirstBuffer = 4096;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;

    /// <summary>Time stamp of the last use, for the idle limit.</summary>
    public long UsedAt { get; set; }

    /// <summary>False when the server closed it, or said something nobody asked for.</summary>
    public bool IsIdleAndOpen => _start == _end && !socket.Poll(0, SelectMode.SelectRead);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        try
        {
            while (!octets.IsEmpty)
            {
                var sent = await socket.SendAsync(octets, SocketFlags.None, cancellationToken);
                octets = octets[sent..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The next line without its line feed and a carriage return before it; good until the next read.</summary>
    /// <exception cref="InvalidDataException">It is longer than allowed.</exception>
    /// <exception cref="EndOfStreamException">The server closed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync(int limit, CancellationToken cancellationToken)
    {
        var seen = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var line = _buffer.AsMemory(_start, seen + feed);
                _start += seen + feed + 1;
                return line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
            }

            seen = _end - _start;
            if (seen >= limit)
            {
                throw new InvalidDataException($"reply line longer than {limit} bytes");
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Exactly so many octets; good until the next read.</summary>
    /// <exception cref="EndOfStreamException">The server closed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            await FillAsync(cancellationToken);
        }

        var octets = _buffer.AsMemory(_start, count);
        _start += count;
        return octets;
    }

    public void Dispose() => socket.Dispose();

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read;
        try
        {
            read = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }

        _end += read > 0 ? read : throw new EndOfStreamException("Connection closed by the server");
    }
}
